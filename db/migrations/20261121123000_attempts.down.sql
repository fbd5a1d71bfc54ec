DROP FUNCTION take_attempts(text[], int[], bigint[], bigint[], bigint[]);
DROP FUNCTION return_attempts(text[], bigint[], bigint[], text[]);
