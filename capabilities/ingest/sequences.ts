import type { Finding, RelationName } from '../../schemas/change';
import { quoteIdent, quoteRelation, splitRelation } from '../../sql/quote';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import type { IngestBody, SequenceBehind } from './body';
import { isStaged } from './change-text';
import * as sql from './statements';

/** A sequence that a load has moved: where it stood, and where it stands. */
export interface MovedSequence {
  sequence: string;
  increment: string;
  before: string;
  called: boolean;
  after: string;
}

interface Drawn extends SequenceBehind {
  cycles: boolean;
  owned: boolean;
  integer: boolean;
}

/**
 * Sequences from which columns draw that the load gives values of. Those that belong to the column are moved past what the
 * load brings; of the others a finding warns: others may draw from them.
 */
export async function sequencesBehind(
  session: ReadSession,
  relation: RelationName,
  columns: readonly string[],
): Promise<{ sequences: SequenceBehind[]; findings: Finding[] }> {
  const { schema, name } = splitRelation(relation);
  const drawn = await session.query<Drawn>(
    `select a.attname as column, quote_ident(sn.nspname) || '.' || quote_ident(sc.relname) as sequence,
            s.seqincrement::text as increment, s.seqcycle as cycles,
            coalesce(bool_or(own.refobjid = a.attrelid and own.refobjsubid = a.attnum), false) as owned,
            a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) as integer
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_catalog.pg_attrdef ad on ad.adrelid = c.oid and ad.adnum = a.attnum
       join pg_catalog.pg_depend d on
            (d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid and d.refclassid = 'pg_class'::regclass)
         or (a.attidentity <> '' and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
             and d.refobjid = c.oid and d.refobjsubid = a.attnum and d.deptype = 'i')
       join pg_catalog.pg_sequence s on s.seqrelid = case d.classid when 'pg_class'::regclass then d.objid else d.refobjid end
       join pg_catalog.pg_class sc on sc.oid = s.seqrelid
       join pg_catalog.pg_namespace sn on sn.oid = sc.relnamespace
       left join pg_catalog.pg_depend own on own.classid = 'pg_class'::regclass and own.objid = s.seqrelid
         and own.refclassid = 'pg_class'::regclass and own.deptype in ('a', 'i')
      where n.nspname = $1 and c.relname = $2 and a.attname = any($3)
      group by a.attnum, a.attname, a.atttypid, sn.nspname, sc.relname, s.seqincrement, s.seqcycle
      order by a.attnum`,
    [schema, name, columns],
  );
  const moved = drawn.filter(({ owned, cycles, integer }) => owned && !cycles && integer);
  const findings = drawn.map((each): Finding => {
    const { column, sequence, owned, cycles } = each;
    if (moved.includes(each)) {
      return {
        severity: 'info',
        rule: 'sequence_moves',
        message: `${sequence}, from which ${column} draws, is moved past the values that this load brings; undo puts it back if nobody drew from it since`,
      };
    }
    const why = cycles
      ? 'it begins again at its end'
      : owned
        ? `${column} is no integer`
        : `it does not belong to ${column}`;
    return {
      severity: 'warning',
      rule: 'sequence_behind',
      message: `${sequence}, from which ${column} draws, stays where it is (${why}): it may hand out values that this load brings`,
      place: `${relation}.${column}`,
    };
  });
  return {
    sequences: moved.map(({ column, sequence, increment }) => ({ column, sequence, increment })),
    findings,
  };
}

/**
 * Moves each sequence past what the load wrote. PostgreSQL does not take that back with a transaction that fails: then some
 * numbers are never handed out, as after any insert that fails.
 */
export async function moveSequences(body: IngestBody, session: WriteSession): Promise<MovedSequence[]> {
  const moved: MovedSequence[] = [];
  for (const { column, sequence, increment } of body.sequences) {
    const arrived = isStaged(body)
      ? sql.STAGE
      : `${quoteRelation(body.relation)} where xmin = pg_current_xact_id()::xid`;
    const furthest = `${increment.startsWith('-') ? 'min' : 'max'}(${quoteIdent(column)})`;
    // Not where there would be no number left to draw.
    const [found] = await session.query<MovedSequence>(
      `select s.last_value::text as before, s.is_called as called, a.furthest::text as after
         from ${sequence} s, (select ${furthest} from ${arrived}) a (furthest), pg_catalog.pg_sequence p
        where p.seqrelid = '${sequence.replaceAll("'", "''")}'::regclass
          and (a.furthest::numeric - s.last_value) * sign(p.seqincrement) >= case when s.is_called then 1 else 0 end
          and a.furthest::numeric + p.seqincrement between p.seqmin and p.seqmax`,
    );
    if (!found) continue;
    await session.query(`select setval($1::regclass, $2::bigint, true)`, [sequence, found.after]);
    moved.push({ ...found, sequence, increment });
  }
  return moved;
}

/** For how long an undo waits for those who draw from a sequence; less than PostgreSQL waits before it ends a deadlock. */
const PATIENCE = '500ms';

/**
 * Puts sequences back that nobody drew from since; one that is in use stays where it is, which only skips numbers. The
 * sequence is locked and written anew, so that this is taken back with the transaction.
 */
export async function putSequencesBack(
  moved: readonly MovedSequence[],
  session: WriteSession,
): Promise<void> {
  for (const { sequence, increment, before, called, after } of moved) {
    const [now] = await session.query<{ same: boolean }>(
      `select last_value = $1::bigint and is_called as same from ${sequence}`,
      [after],
    );
    if (!now?.same) continue;
    await session.execute('savepoint sluice_sequence');
    try {
      await session.execute(`set local lock_timeout = '${PATIENCE}'`);
      await session.execute(`alter sequence ${sequence} increment by ${increment}`);
    } catch {
      await session.execute('rollback to savepoint sluice_sequence');
      continue;
    }
    await session.query(
      `select setval($1::regclass, $2::bigint, $3) from ${sequence} where last_value = $4::bigint and is_called`,
      [sequence, before, called, after],
    );
    await session.execute('release savepoint sluice_sequence');
  }
}
