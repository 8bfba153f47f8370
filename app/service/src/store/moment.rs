//! `timestamptz` as a jiff timestamp: sqlx has no codec for jiff.

use jiff::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// 2000-01-01T00:00:00Z, from which PostgreSQL counts, in microseconds of Unix time.
const EPOCH: i64 = 946_684_800_000_000;

/// A point in time with the precision of PostgreSQL: microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("TIMESTAMPTZ")
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0.as_microsecond() - EPOCH, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Moment {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Err("a timestamp arrived as text, not in the binary format".into());
        }
        let microseconds: i64 = Decode::<Postgres>::decode(value)?;
        Ok(Self(Timestamp::from_microsecond(microseconds.saturating_add(EPOCH))?))
    }
}
