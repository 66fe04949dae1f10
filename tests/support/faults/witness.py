"""A trigger of the database that counts each time a submission's result is recorded, put back or removed.

It runs in the same transaction, in any process, so the counts do not depend on the site's code."""

import psycopg

INSTALL = """
CREATE SCHEMA witness;
CREATE TABLE witness.seen (
    id uuid NOT NULL, did text NOT NULL, attempt integer, at timestamptz DEFAULT clock_timestamp()
);
CREATE FUNCTION witness.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO witness.seen VALUES (OLD.id, 'removed ' || OLD.status, OLD.attempt);
    ELSIF OLD.status = 'finished' AND NEW.status <> 'finished' THEN
        INSERT INTO witness.seen VALUES (OLD.id, 'reopened', NEW.attempt);
    ELSIF NEW.status = 'finished' AND (OLD.status, OLD.finished, OLD.verdict, OLD.stdout, OLD.exit_code)
            IS DISTINCT FROM (NEW.status, NEW.finished, NEW.verdict, NEW.stdout, NEW.exit_code) THEN
        INSERT INTO witness.seen VALUES (OLD.id, 'recorded', NEW.attempt);
    ELSIF OLD.status = 'running' AND NEW.status = 'queued' THEN
        INSERT INTO witness.seen VALUES (OLD.id, 'put back', OLD.attempt);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE OR DELETE ON submissions_submission
    FOR EACH ROW EXECUTE FUNCTION witness.see();
"""


def install(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(INSTALL)


def times(url: str, what: str) -> dict[str, int]:
    """Return how often that happened to each submission, by id."""
    counted = "SELECT id::text, count(*) FROM witness.seen WHERE did = %s GROUP BY id"
    with psycopg.connect(url) as connection:
        return dict(connection.execute(counted, [what]).fetchall())
