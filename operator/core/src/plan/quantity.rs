//! Arithmetic of Kubernetes quantities, in thousandths.

/// Thousandths of one.
type Milli = u128;

const BINARY: [(&str, u32); 6] = [("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];
const DECIMAL: [(&str, u32); 8] =
    [("m", 0), ("", 1), ("k", 2), ("M", 3), ("G", 4), ("T", 5), ("P", 6), ("E", 7)];

/// Thousandths in a quantity, rounded up; `None` for a text that is none or too large.
#[must_use]
pub fn parse(text: &str) -> Option<Milli> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 30 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let decimals = u32::try_from(fraction.len()).ok()?;
    let (numerator, denominator) = scale(suffix)?;
    let scaled = digits.checked_mul(numerator)?;
    let divisor = 10u128.checked_pow(decimals)?.checked_mul(denominator)?;
    Some(scaled.div_ceil(divisor))
}

/// Factor from a number with this suffix to thousandths.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((1024u128.pow(*power) * 1000, 1));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((1000u128.pow(*power), 1));
    }
    match suffix {
        "u" => return Some((1, 1000)),
        "n" => return Some((1, 1_000_000)),
        _ => {}
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10u128.checked_pow(exponent.unsigned_abs())?;
    Some(if exponent < 0 { (1000, power) } else { (power.checked_mul(1000)?, 1) })
}

/// The form in which the API server stores a quantity, so that a written object equals the stored one.
#[must_use]
pub fn canonical(text: &str) -> String {
    let Some(milli) = parse(text) else { return text.to_owned() };
    if text.ends_with('i') && milli % 1000 == 0 {
        let bytes = milli / 1000;
        let fitting = BINARY.iter().rev().find(|(_, power)| bytes > 0 && bytes % 1024u128.pow(*power) == 0);
        if let Some((suffix, power)) = fitting {
            return format!("{}{suffix}", bytes / 1024u128.pow(*power));
        }
        return bytes.to_string();
    }
    let fitting = DECIMAL.iter().rev().find(|(_, power)| milli > 0 && milli % 1000u128.pow(*power) == 0);
    fitting
        .map_or_else(|| "0".to_owned(), |(suffix, power)| format!("{}{suffix}", milli / 1000u128.pow(*power)))
}

#[cfg(test)]
mod tests {
    use super::{canonical, parse};

    #[test]
    fn quantities_take_the_form_that_the_api_server_stores() {
        for (written, stored) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("250m", "250m"),
            ("1000", "1k"),
            ("128Mi", "128Mi"),
            ("0", "0"),
            ("100u", "1m"),
        ] {
            assert_eq!(canonical(written), stored, "{written}");
        }
    }

    #[test]
    fn units_of_both_families_compare() {
        assert!(parse("1Gi") > parse("1G"));
        assert_eq!(parse("1e3"), parse("1k"));
        assert_eq!(parse("1E-3"), parse("1m"));
        for nonsense in ["", ".", "1.2.3", "Gi", "1Zi", "-1", "99999999999999999999999999999999", "1e99"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}
