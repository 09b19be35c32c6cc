"""A whole site in a folder, and a site from such a folder: the same for SQLite and PostgreSQL, folder and S3."""
