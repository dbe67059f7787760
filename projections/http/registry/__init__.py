"""The read part of the Schema Registry REST API: standard clients read our topics through it."""
