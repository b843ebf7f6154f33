CREATE TEMPORARY TABLE fate (
    line int, text text, code text, ref bytea, kind int, valid_from int, valid_until int, seat int, label text, fate text
) ON COMMIT DROP
