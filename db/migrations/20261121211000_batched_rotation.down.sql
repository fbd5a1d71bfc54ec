SET LOCAL ROLE keyward_definer;
DROP FUNCTION authority_rotations(uuid[], int[], text[]);
SET LOCAL ROLE keyward_owner;
