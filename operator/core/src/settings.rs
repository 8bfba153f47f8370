//! Settings of the operator that shape platforms.

/// The version of this operator, which is also the default version of the application.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Images that a platform uses unless its spec names others. One place to map registries for an air-gapped cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageCatalog {
    /// Repository of the application, without tag.
    pub app: String,
    /// Reference of the PostgreSQL image.
    pub postgres: String,
    /// Reference of the Apache Kafka image.
    pub kafka: String,
}

impl Default for ImageCatalog {
    fn default() -> Self {
        Self {
            app: "todoplatform/todo".to_owned(),
            postgres: "postgres:15".to_owned(),
            kafka: "apache/kafka:4.3.1".to_owned(),
        }
    }
}
