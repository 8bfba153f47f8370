//! Dates and times of PostgreSQL as values of jiff: sqlx has no codec for jiff.

use jiff::{SignedDuration, Span, Timestamp, civil};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// 2000-01-01T00:00:00Z, from which PostgreSQL counts, in microseconds of Unix time.
const EPOCH: i64 = 946_684_800_000_000;
/// The same on a calendar.
const CIVIL_EPOCH: civil::Date = civil::date(2000, 1, 1);

/// `timestamptz`: a point in time with the precision of PostgreSQL, microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

/// `timestamp`: a time of a clock on a wall, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local(pub(super) civil::DateTime);

/// `date`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day(pub(super) civil::Date);

macro_rules! codec {
    ($type:ident, $name:literal, $raw:ty, $encode:expr, $decode:expr) => {
        impl Type<Postgres> for $type {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_name($name)
            }
        }

        impl Encode<'_, Postgres> for $type {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let encode: fn(&Self) -> Result<$raw, BoxDynError> = $encode;
                Encode::<Postgres>::encode(encode(self)?, buffer)
            }
        }

        impl<'r> Decode<'r, Postgres> for $type {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                if value.format() == PgValueFormat::Text {
                    return Err("a time arrived as text, not in the binary format".into());
                }
                let decode: fn($raw) -> Result<Self, BoxDynError> = $decode;
                decode(Decode::<Postgres>::decode(value)?)
            }
        }
    };
}

codec!(Moment, "TIMESTAMPTZ", i64, |moment| Ok(moment.0.as_microsecond() - EPOCH), |raw| Ok(Self(
    Timestamp::from_microsecond(raw.saturating_add(EPOCH))?
)));
codec!(
    Local,
    "TIMESTAMP",
    i64,
    |local| Ok(i64::try_from(local.0.duration_since(CIVIL_EPOCH.at(0, 0, 0, 0)).as_micros())?),
    |raw| Ok(Self(CIVIL_EPOCH.at(0, 0, 0, 0).checked_add(SignedDuration::from_micros(raw))?))
);
codec!(Day, "DATE", i32, |day| Ok((day.0 - CIVIL_EPOCH).get_days()), |raw| Ok(Self(
    CIVIL_EPOCH.checked_add(Span::new().try_days(raw)?)?
)));

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_TIMESTAMPTZ")
    }
}
