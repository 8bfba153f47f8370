//! Positions in a listing of reminders.

use uuid::Uuid;

use domain::Invalid;
use domain::ports::ReminderKey;

use super::task_key::moment;
use super::{Listing, invalid};

pub(in crate::http) fn encode_reminder_key(listing: Listing, key: ReminderKey) -> String {
    let mut bytes = key.task_id.as_bytes().to_vec();
    bytes.extend(key.minutes_before.to_be_bytes());
    bytes.extend(key.fire_at.as_microsecond().to_be_bytes());
    listing.cursor(&bytes)
}

pub(in crate::http) fn decode_reminder_key(listing: Listing, cursor: &str) -> Result<ReminderKey, Invalid> {
    let bytes = listing.position(cursor)?;
    let (task_id, rest) = bytes.split_first_chunk().ok_or_else(invalid)?;
    let (minutes, at) = rest.split_first_chunk().ok_or_else(invalid)?;
    let fire_at = moment(at).ok_or_else(invalid)?;
    let minutes_before = u16::from_be_bytes(*minutes);
    Ok(ReminderKey { fire_at, task_id: Uuid::from_bytes(*task_id), minutes_before })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_returns_its_key_and_a_made_up_one_is_refused() {
        let listing = Listing::new(Uuid::nil(), "reminders", b"");
        let fire_at = "2026-02-10T07:30:00Z".parse().expect("an instant");
        let key = ReminderKey { fire_at, task_id: Uuid::from_u128(9), minutes_before: 10_080 };
        assert_eq!(decode_reminder_key(listing, &encode_reminder_key(listing, key)), Ok(key));
        for length in [0, 16, 18, 25, 27] {
            assert!(decode_reminder_key(listing, &listing.cursor(&vec![0xff; length])).is_err(), "{length}");
        }
        assert!(decode_reminder_key(listing, &listing.cursor(&[0x80; 26])).is_err());
    }
}
