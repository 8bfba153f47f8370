//! Names of children. Nothing else formats a name.
//!
//! A platform's name has at most 40 characters (a rule of the schema): the longest child, the migration Job, adds 17,
//! and a StatefulSet's pods carry `<name>-<10 digits>` in a label of at most 63.

/// The longest name of a platform.
pub const PLATFORM_NAME_LIMIT: usize = 40;

/// Names of one platform's children.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    platform: &'a str,
}

impl<'a> Names<'a> {
    /// Names under a platform's name.
    #[must_use]
    pub fn new(platform: &'a str) -> Self {
        Self { platform }
    }

    fn child(self, suffix: &str) -> String {
        format!("{}-{suffix}", self.platform)
    }

    /// ServiceAccount, Deployment and Service of a workload (`api`, `audit`), the database or the broker.
    #[must_use]
    pub fn component(self, component: &str) -> String {
        self.child(component)
    }

    /// PersistentVolumeClaim of the database or the broker.
    #[must_use]
    pub fn claim(self, component: &str) -> String {
        self.child(&format!("{component}-data"))
    }

    /// The migration Job for one combination of image and database.
    #[must_use]
    pub fn migration(self, key: &str) -> String {
        self.child(&format!("migrate-{key}"))
    }

    /// Secret with user and password of the embedded database.
    #[must_use]
    pub fn database_secret(self) -> String {
        self.child("database")
    }

    /// Secret with the generated key that signs tokens.
    #[must_use]
    pub fn auth_secret(self) -> String {
        self.child("auth")
    }

    /// Secret with the key under which configuration hashes are made.
    #[must_use]
    pub fn hash_secret(self) -> String {
        self.child("hash")
    }
}
