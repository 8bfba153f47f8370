//! Order of a listing.

use std::str::FromStr;

use crate::invalid::Invalid;

/// By what tasks are sorted; id is the tie-break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By creation.
    Created,
    /// By last change.
    Updated,
    /// By due instant; tasks without one are last in both directions.
    Due,
    /// P1 is the lowest.
    Priority,
    /// In lower case, by code points.
    Title,
    /// By rank of the search: a word in the title counts more than one in the description.
    Relevance,
}

/// Direction of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the lowest.
    Asc,
    /// From the highest.
    Desc,
}

impl Sort {
    /// The direction when the request does not say.
    #[must_use]
    pub const fn default_order(self) -> Order {
        match self {
            Self::Created | Self::Updated | Self::Relevance => Order::Desc,
            Self::Due | Self::Priority | Self::Title => Order::Asc,
        }
    }
}

impl FromStr for Sort {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "created" => Ok(Self::Created),
            "updated" => Ok(Self::Updated),
            "due" => Ok(Self::Due),
            "priority" => Ok(Self::Priority),
            "title" => Ok(Self::Title),
            "relevance" => Ok(Self::Relevance),
            _ => Err(Invalid::input("sort", "must be created, updated, due, priority, title or relevance")),
        }
    }
}

impl FromStr for Order {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "asc" => Ok(Self::Asc),
            "desc" => Ok(Self::Desc),
            _ => Err(Invalid::input("order", "must be asc or desc")),
        }
    }
}
