"""A plan's own pension system in PostgreSQL: views with names of its own, and an account that may only read."""

from __future__ import annotations

from pathlib import Path

import psycopg
from postgres_server import PostgresServer

TABLES = """
CREATE SCHEMA pension;
CREATE TABLE pension.persons (
    "PERSON_ID" integer PRIMARY KEY, "MBR_NO" char(8) UNIQUE, "FIRST_NM" text, "LAST_NM" text, "DOB" date,
    "STATUS_CD" char(1), "ADDR1" text, "ADDR2" text, "CITY" text, "ST" char(2), "ZIP" varchar(10),
    "EMAIL" varchar(60), "MONTHLY" numeric(12, 2), "VIP" char(1) DEFAULT 'N'
);
CREATE TABLE pension.numbers ("PERSON_ID" integer, phone text);
CREATE TABLE pension.heirs ("PERSON_ID" integer, who text, kin text, pct numeric);
CREATE TABLE pension.bank ("PERSON_ID" integer PRIMARY KEY, aba varchar(9), acct varchar(17));
CREATE TABLE pension.journal (n serial, "PERSON_ID" integer, email text);
CREATE TABLE pension.memberline_applied (key varchar(80) PRIMARY KEY, made_at timestamptz NOT NULL);
CREATE FUNCTION pension.journalled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO pension.journal ("PERSON_ID", email) VALUES (NEW."PERSON_ID", NEW."EMAIL"); RETURN NEW; END $$;
CREATE TRIGGER journalled AFTER UPDATE ON pension.persons FOR EACH ROW EXECUTE FUNCTION pension.journalled();
CREATE VIEW pension.member_view AS SELECT *, "ADDR1" || E'\\n' || "CITY" || ', ' || "ST" || ' ' || "ZIP" AS where_to
    FROM pension.persons;
INSERT INTO pension.persons VALUES
    (7, '10000075', 'Loretta', 'Pruitt', '1951-06-02', 'R', '9 Elm Ct', NULL, 'Macon', 'GA', '31201',
     'loretta@example.org', 1834.50),
    (8, '10000083', 'Otis', 'Pruitt', '1949-01-30', 'S', '9 Elm Ct', NULL, 'Macon', 'GA', '31201', NULL, NULL),
    (9, '10000091', 'Vera', 'Stone', '1980-01-01', 'X', '1 A St', NULL, 'Macon', 'GA', '31201', NULL, NULL);
UPDATE pension.persons SET "VIP" = 'Y' WHERE "PERSON_ID" = 8;
INSERT INTO pension.numbers VALUES (7, '(404) 555-0123'), (8, '404-555-0123'), (8, '4045550199');
INSERT INTO pension.heirs VALUES (7, 'Otis Pruitt', 'spouse', 60), (7, 'Ruth Pruitt', 'daughter', 40);
INSERT INTO pension.bank VALUES (7, '061000052', '111222333');
TRUNCATE pension.journal;
"""

MAPPING = """\
kind: sql
profiles:
  from: pension.member_view
  fields:
    member_id: PERSON_ID
    member_number: MBR_NO
    name: [FIRST_NM, LAST_NM]
    birth_date: DOB
    relation: {from: STATUS_CD, values: {A: active_member, R: retiree, S: survivor}}
    address: where_to
    email: EMAIL
    benefit: {from: MONTHLY, in: dollars}
    protected: VIP
  phones: {from: pension.numbers, member_id: PERSON_ID, number: phone}
  beneficiaries: {from: pension.heirs, member_id: PERSON_ID, name: who, relation: kin, share_percent: pct}
changes:
  applied: pension.memberline_applied
  fields:
    email: {table: pension.persons, member_id: PERSON_ID, set: {email: EMAIL}}
    name: {table: pension.persons, member_id: PERSON_ID, set: {name: LAST_NM}, old_must_match: true}
    mailing_address:
      table: pension.persons
      member_id: PERSON_ID
      set:
        mailing_address.street: ADDR1
        mailing_address.city: CITY
        mailing_address.state: ST
        mailing_address.zip: ZIP
    bank_details: {table: pension.bank, member_id: PERSON_ID, set: {bank_routing: aba, bank_account: acct}}
"""


class PostgresPlan:
    """Made once for each test. `reader` may read the view and the two tables beside it, and nothing else."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server = server
        self.database = server.new_database()
        self.url = server.url(self.database)
        self.run(TABLES)
        self.run(
            "DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
            "GRANT USAGE ON SCHEMA pension TO reader;"
            "GRANT SELECT ON pension.member_view, pension.numbers, pension.heirs TO reader;"
        )
        self.reader_url = self.url.replace("memberline@", "reader@", 1)
        self.mapping = folder / "pension.yaml"
        self.mapping.write_text(MAPPING)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def journal(self) -> list[tuple[object, ...]]:
        """Who was given which e-mail address, in order."""
        return self.run('SELECT "PERSON_ID", email FROM pension.journal ORDER BY n')
