"""How an event stands on the wire: Avro, and the schemas ever published. Pure."""
