//! Accounts and the rules of their credentials.

use jiff::Timestamp;
use uuid::Uuid;

use crate::invalid::{Invalid, check_text};

/// Longest e-mail address (RFC 5321 §4.5.3.1.3 less the angle brackets).
pub const EMAIL_MAX: usize = 254;
/// Longest display name, in characters.
pub const NAME_MAX: usize = 255;
/// Shortest password, in characters (NIST SP 800-63B §5.1.1.2).
pub const PASSWORD_MIN: usize = 8;
/// Longest password, in characters: bounds the work of a hash.
pub const PASSWORD_MAX: usize = 128;

/// An account, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// UUIDv7; the user id everywhere else.
    pub id: Uuid,
    /// Lower-case address, unique. A user of another issuer may have none.
    pub email: Option<String>,
    /// Name to show.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The checked fields of a sign-up.
#[derive(Clone)]
pub struct NewAccount {
    /// Lower-case address.
    pub email: String,
    /// Name to show.
    pub name: Option<String>,
    /// Password in clear; it leaves this type only into the hash.
    pub password: String,
}

impl NewAccount {
    /// Trims and checks the fields of a request.
    pub fn new(email: &str, password: &str, name: Option<&str>) -> Result<Self, Invalid> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name {
            check_text("name", name, NAME_MAX)?;
        }
        check_text("password", password, PASSWORD_MAX)?;
        if password.chars().count() < PASSWORD_MIN {
            return Err(Invalid::input("password", format!("must have at least {PASSWORD_MIN} characters")));
        }
        Ok(Self {
            email: email_address(email)?,
            name: name.map(str::to_owned),
            password: password.to_owned(),
        })
    }
}

/// The address in the form in which accounts are compared: trimmed, lower-case.
pub fn email_address(email: &str) -> Result<String, Invalid> {
    // Lower case can be longer: the stored form counts.
    let email = email.trim().to_lowercase();
    check_text("email", &email, EMAIL_MAX)?;
    let well_formed = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
    });
    if !well_formed || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Invalid::input("email", "must be an address such as name@example.com"));
    }
    Ok(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_in_lower_case() {
        assert_eq!(email_address(" Ann@Example.COM "), Ok("ann@example.com".to_owned()));
    }

    #[test]
    fn an_address_that_grows_in_lower_case_is_measured_as_it_is_stored() {
        assert_eq!(email_address(&format!("{}@a.bc", "İ".repeat(240))).expect_err("too long").field, "email");
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for email in
            ["", "ann", "@example.com", "ann@", "ann@host", "a b@example.com", "a@b@example.com", "a@.com"]
        {
            assert!(email_address(email).is_err(), "{email:?} was accepted");
        }
    }

    #[test]
    fn a_password_has_eight_to_128_characters() {
        assert!(NewAccount::new("a@example.com", "1234567", None).is_err());
        assert!(NewAccount::new("a@example.com", "12345678", None).is_ok());
        assert!(NewAccount::new("a@example.com", &"x".repeat(129), None).is_err());
    }
}
