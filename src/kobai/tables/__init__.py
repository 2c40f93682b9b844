"""From a table to a model that is trained, saved and used."""
