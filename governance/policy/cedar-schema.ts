/**
 * What rules can be about, as a Cedar schema (https://docs.cedarpolicy.com/schema/human-readable-schema.html). Every
 * policy is validated against it when it is read: a name that is not here is a fault, not a rule that never matches.
 * Optional: what is not known. Whole numbers only: time in milliseconds, money in hundredths.
 */
export const CEDAR_SCHEMA = `
entity Person;
entity Schema;
entity Relation in [Schema];
entity Classification;
entity Change in [Relation, Schema, Classification] = {
  step: String,
  kind: String,
  risk: String,
  lossy: Bool,
  routine: Bool,
  reads: Set<String>,
  writes: Set<String>,
  classification: Set<String>,
  readsLike: Set<String>,
  writesLike: Set<String>,
};
action apply appliesTo {
  principal: Person,
  resource: Change,
  context: {
    environment: String,
    goal: String,
    owner?: String,
    author: String,
    asked: Bool,
    beyond: Long,
    simulated: Bool,
    rows?: Long,
    bytes?: Long,
    milliseconds?: Long,
    cents?: Long,
  },
};
`;
