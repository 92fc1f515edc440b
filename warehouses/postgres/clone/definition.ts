import type { DatabaseSetting } from './database-settings';

/**
 * The structure of a database as statements that make it again. `$1` in every catalogue query of this folder is the
 * name of the role that owns things in the original, `$2` of the one that takes its place in the copy.
 */

/** A row of a catalogue: `pg_class:16401`. */
export type Address = string;

/** One object and the statements that make it. */
export interface Made {
  address: Address;
  /** Other addresses that mean the same: a table's row type, a constraint's index. */
  aliases: Address[];
  /** For people: `table raw.flights`. */
  label: string;
  statements: string[];
}

/** An object that is not made, and why. */
export interface LeftOut {
  label: string;
  reason: string;
}

export interface Dependency {
  /** This needs … */
  from: Address;
  /** … that. */
  on: Address;
}

export interface Definition {
  /** Run by the administrator first: schemas, extensions. They run nobody's code. */
  before: Made[];
  /**
   * Run by the role that owns the copy and can do nothing else: expressions in here may be evaluated (constants are
   * folded, materialised views filled), and they are written by anybody who may create something in the original.
   */
  objects: Made[];
  dependencies: Dependency[];
  /** Run by the copy's role after all objects; nothing needs these. */
  last: Made[];
  /** Run by the administrator last: owners, privileges, comments, switches. They evaluate nothing. */
  after: Made[];
  /** Of the database itself, for the base and for every shadow. */
  settings: DatabaseSetting[];
  leftOut: LeftOut[];
}
