//! Cursors: the sort key of a page's last row, opaque to clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

use domain::Invalid;
use domain::ports::TaskKey;

const TASK_KEY_BYTES: usize = 24;

pub(super) fn encode_task_key(key: TaskKey) -> String {
    let mut bytes = [0; TASK_KEY_BYTES];
    bytes[..8].copy_from_slice(&key.created_at.as_microsecond().to_be_bytes());
    bytes[8..].copy_from_slice(key.id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode_task_key(cursor: &str) -> Result<TaskKey, Invalid> {
    let bytes: [u8; TASK_KEY_BYTES] = decode(cursor)?;
    let (at, id) = bytes.split_first_chunk::<8>().ok_or_else(invalid)?;
    let created_at = Timestamp::from_microsecond(i64::from_be_bytes(*at)).map_err(|_| invalid())?;
    Ok(TaskKey { created_at, id: Uuid::from_slice(id).map_err(|_| invalid())? })
}

pub(super) fn encode_seq(seq: i64) -> String {
    URL_SAFE_NO_PAD.encode(seq.to_be_bytes())
}

pub(super) fn decode_seq(cursor: &str) -> Result<i64, Invalid> {
    decode(cursor).map(i64::from_be_bytes)
}

fn decode<const N: usize>(cursor: &str) -> Result<[u8; N], Invalid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    bytes.try_into().map_err(|_| invalid())
}

fn invalid() -> Invalid {
    Invalid::input("cursor", "must be the next_cursor of a page of this listing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_returns_its_key() {
        let key = TaskKey { created_at: Timestamp::UNIX_EPOCH, id: Uuid::from_u128(5) };
        assert_eq!(decode_task_key(&encode_task_key(key)), Ok(key));
        assert_eq!(decode_seq(&encode_seq(-3)), Ok(-3));
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        let extreme = URL_SAFE_NO_PAD.encode([0xff_u8; 7]);
        for cursor in ["", "x", "!!", &extreme, &encode_seq(1)] {
            assert!(decode_task_key(cursor).is_err(), "{cursor:?} was accepted");
        }
        let beyond_time: Vec<u8> = i64::MAX.to_be_bytes().into_iter().chain([0; 16]).collect();
        assert!(decode_task_key(&URL_SAFE_NO_PAD.encode(beyond_time)).is_err());
    }
}
