//! The functional core of the operator: spec to plan to desired objects, observed objects to status.
