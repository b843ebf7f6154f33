-- Lines on their way. A temporary table: nothing is logged, and it goes with the transaction.
CREATE TEMPORARY TABLE staged (
    line        int    NOT NULL,
    text        text   NOT NULL,
    code        text   NOT NULL, -- '' when the line is skipped already
    ours        text,            -- a ticket of ours that a gate would also read in it
    others      text[],          -- what other profiles read in it, their number first
    ref         bytea,
    kind        int,             -- NULL = the file does not say
    valid_from  int,
    valid_until int,
    seat        text,
    digits      int    NOT NULL, -- length, when it is digits only
    why         text   NOT NULL
) ON COMMIT DROP
