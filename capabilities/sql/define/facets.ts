/**
 * One part of an object's definition: its owner, a right, a comment, an option, a trigger. What a statement has
 * changed is the difference of the facets before and after it, and so is its undo: nothing else needs to know what
 * the statement says.
 */
export interface Facet {
  /** Unique within the object: `owner`, `column a comment`, `trigger t`. The object itself is ''. */
  key: string;
  /** What tells two states of it apart. */
  state: string;
  /** Statements that make it so. */
  make: string[];
  /** Statements that take it away. Empty: PostgreSQL cannot. */
  unmake: string[];
  /** `make` alone replaces another state; else what is there is taken away first. */
  sets: boolean;
  /** The facet it hangs on, whose `make` makes this one, too, and whose `unmake` takes it away. */
  of: string | null;
  /** A facet whose `unmake` takes this one away as well, and does not give it back. */
  with: string | null;
}

export interface Difference {
  /** Statements that lead from `after` back to `before`. */
  back: string[];
  /** Keys of what stays, because PostgreSQL cannot take it away. */
  stays: string[];
}

/** Both lists are in the order in which things are made; they are taken away in reverse. */
export function difference(before: readonly Facet[], after: readonly Facet[]): Difference {
  const was = new Map(before.map((facet) => [facet.key, facet]));
  const is = new Map(after.map((facet) => [facet.key, facet]));
  const root = [was.get(''), is.get('')] as const;
  if (root[0] && root[1] && root[0].state !== root[1].state) {
    return { back: [...root[1].unmake, ...before.flatMap(({ make }) => make)], stays: [] };
  }
  const changed = ({ key }: Facet): boolean => was.get(key)?.state !== is.get(key)?.state;
  const replaced = (facet: Facet): boolean =>
    changed(facet) && !(facet.sets && was.has(facet.key) && is.has(facet.key));
  const anew = new Set([...before, ...after].filter(replaced).map(({ key }) => key));
  const own = (facet: Facet): boolean => changed(facet) && !(facet.of !== null && anew.has(facet.of));
  const away = after.filter((facet) => own(facet) && anew.has(facet.key));
  const taken = new Set(away.map(({ key }) => key));
  const lost = (facet: Facet): boolean => facet.with !== null && taken.has(facet.with);
  return {
    back: [
      ...[...away].reverse().flatMap(({ unmake }) => unmake),
      ...before.filter((facet) => own(facet) || lost(facet)).flatMap(({ make }) => make),
    ],
    stays: away.filter(({ unmake }) => unmake.length === 0).map(({ key }) => key),
  };
}

/** Columns of a query for facets, as a branch of a UNION ALL. All are SQL expressions. */
export interface FacetSql {
  key: string;
  state: string;
  /** text[]; NULLs in it are left out. */
  make: string;
  /** text[]; default: none. */
  unmake?: string;
  sets?: boolean;
  of?: string;
  with?: string;
  from: string;
}

/** One query for all the branches, in their order and within one by key. */
export function facetsSql(withs: string, branches: readonly FacetSql[]): string {
  const each = branches.map(
    ({ key, state, make, unmake, sets, of, with: along, from }, place) =>
      `select ${place} as place, (${key})::text as key, coalesce((${state})::text, '') as state,
        array_remove(${make}, null)::text[] as make, coalesce(array_remove(${unmake ?? 'null::text[]'}, null), '{}')::text[] as unmake,
        ${sets ?? false} as sets, (${of ?? 'null'})::text as of, (${along ?? 'null'})::text as with_key from ${from}`,
  );
  return `with ${withs} select key, state, make, unmake, sets, of, with_key as "with" from (${each.join('\n union all ')}) facet
    order by place, key collate "C"`;
}

/**
 * A right is named after the owner where the owner has or gave it: so a change of owner, which takes the rights along,
 * changes none. `word` is what GRANT takes before the name.
 */
export function rightsFacets(options: {
  acl: string;
  letter: string;
  owner: string;
  word: string;
  name: string;
  from: string;
  /** Quoted, of a right on one column; `key` then begins with it. */
  column?: { key: string; quoted: string };
}): FacetSql {
  const { acl, letter, owner, word, name, from, column } = options;
  const role = (oid: string): string =>
    `case ${oid} when 0 then 'public' else quote_ident(pg_get_userbyid(${oid})) end`;
  const known = (oid: string): string => `case when ${oid} = ${owner} then '' else ${role(oid)} end`;
  const what = `lower(x.privilege_type)${column ? ` || ' (' || ${column.quoted} || ')'` : ''}`;
  const on = `${word} || ' ' || ${name}`;
  const right = `'right ' || x.privilege_type || ' to ' || ${known('x.grantee')} || ' by ' || ${known('x.grantor')}`;
  return {
    // A right on the table that is revoked takes the same right on its columns along.
    ...(column ? { with: right } : {}),
    key: `${column ? `${column.key} || ' ' ||` : ''} ${right}`,
    state: 'x.is_grantable',
    make: `array[format('grant %s on %s to %s%s', ${what}, ${on}, ${role('x.grantee')}, case when x.is_grantable then ' with grant option' end)]`,
    unmake: `array[format('revoke %s on %s from %s', ${what}, ${on}, ${role('x.grantee')})]`,
    from: `${from} cross join lateral aclexplode(coalesce(${acl}, acldefault(${letter}, ${owner}))) x`,
  };
}

/**
 * Takes away what a new object's rights are by default, so that those it had can be given; nothing where they are the
 * default ones. Never different from itself: only a dropped object needs it.
 */
export function noRightsFacet(options: {
  acl: string;
  owner: string;
  word: string;
  name: string;
  from: string;
}): FacetSql {
  const { acl, owner, word, name, from } = options;
  return {
    key: `'rights of a new one'`,
    state: `''`,
    make: `array[case when ${acl} is not null or exists (select from pg_default_acl) then format('revoke all on %s %s from public, %s',
      ${word}, ${name}, (select string_agg(distinct quote_ident(pg_get_userbyid(role)), ', ') from (
        select ${owner} as role union select x.grantee from pg_default_acl d, aclexplode(d.defaclacl) x where x.grantee <> 0) every)) end]`,
    from,
  };
}

/** `text` is the comment's text as SQL, `on` what COMMENT ON takes. */
export function commentFacet(key: string, on: string, text: string, from: string, of?: string): FacetSql {
  return {
    key,
    state: text,
    make: `array[format('comment on %s is %L', ${on}, ${text})]`,
    unmake: `array[format('comment on %s is null', ${on})]`,
    sets: true,
    of,
    from: `${from}${/\bwhere\b/.test(from) ? ' and' : ' where'} ${text} is not null`,
  };
}
