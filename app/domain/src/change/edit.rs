//! What a request says about a field.

/// Keep, clear or set a field (RFC 7396: absent, null, value).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// The field stays.
    #[default]
    Keep,
    /// The field is emptied.
    Clear,
    /// The field gets this value.
    Set(T),
}

impl<T> Edit<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// What a field holds afterwards that held `old`.
    pub fn apply(self, old: impl FnOnce() -> Option<T>) -> Option<T> {
        match self {
            Self::Keep => old(),
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The new value, where clearing means the empty or default one; `None` keeps the field.
    pub fn or_default(self) -> Option<T>
    where
        T: Default,
    {
        match self {
            Self::Keep => None,
            Self::Clear => Some(T::default()),
            Self::Set(value) => Some(value),
        }
    }

    /// Reads the value on.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Edit<U>, E> {
        Ok(match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => Edit::Set(read(value)?),
        })
    }
}
