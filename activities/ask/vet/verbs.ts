import { spells, tokensOf, type Words } from './words';

/**
 * Words that ask for something which nobody does by accident. Beginnings of words in the languages that people are
 * most likely to write in; in another one the person is asked, which is the safe side.
 */
const FAMILIES = {
  /** Something is taken away. */
  remove: [
    /\b(delet|remov|drop(s|ped|ping)?\b|eras(e|ing)|purg|discard|get rid|clean ?up|clear(ed|ing|s)?\b|wip(e|ing)|empty|truncat|throw away|eliminat|prun(e|ing)|de-?dup|retir(e|es|ed|ing)\b|cull)/,
    /\b(losch|entfern|verwirf|beseitig|leer(e|en)\b|wegwerf)/,
    /\b(supprim|effac|enlev|vid(er|e|ez)\b|elimin|borr(a|e)|suprim|quita(r|d|n|mos)?\b|vaci(a|e)|cancell(?!ed|ing|ation)|rimuov|svuot|apag|exclu(ir|a)|verwijder|wis(sen)?\b|usun|skasuj|sletta|slet\b)/,
    /(удал|стере|очист|сотри|删除|移除|清空|去掉|刪除|削除|消して|삭제|제거)/,
  ],
  /** Something that is there becomes different. */
  change: [
    /\b(updat|chang|set(s|ting)?\b|fix|correct|normali[sz]|convert|replac|rewrit|fill|backfill|lower-? ?cas|upper-? ?cas|trim(s|med|ming)?\b|renam|call it|mark(s|ing|ed)?\b|adjust|increas|decreas|rais|reduc|anonymi[sz]|mask|round(s|ed|ing)?\b|standardi[sz]|transform|turn(s|ed|ing)?\b|assign|alter|modif|mov(es?|ed)\b|moving\b(?! (average|mean|median|sum|total|window))|migrat|merg|swap|(de|re)?activat|disabl|enabl|clos(e|es|ing)\b|archiv|flag|tag(s|ged|ging)?\b|reset|amend|repair|harmoni[sz]|unif(y|ied)|widen|shorten|extend|make (it|them|the)|should be|must be|has to be|have to be)/,
    /\b(ander|setz|korrigier|aktualisier|ersetz|normalisier|(de)?aktivier|schliess|markier|full(e|en|t)\b|umbenenn|verschieb|erhoh|umwandl|konvertier|soll|muss)/,
    /\b(modifi|corrig|mett|mets|remplac|renomm|normalis|cambi|actualiz|reemplaz|renombr|pon(er|ga)?\b|aggiorn|sostitu|rinomin|atualiz|substitu|renome|wijzig|verander|hernoem|zmien|zaktualiz)/,
    /(измен|обнов|исправ|замен|переимен|更新|修改|更改|替换|重命名|変更|修正|置き換え|변경|수정)/,
  ],
  /** Rows come to what is there. */
  add: [
    /\b(add(s|ed|ing)?\b|insert|append|load|import|ingest|copy|put|writ|record|register|enter(s|ed|ing)?\b|creat|fill|seed|includ|bring|sav(e|ing)|stor(e|es|ing)\b|complement|supplement|extend|log(s|ged|ging)?\b)/,
    /\b(hinzu|einfug|lad(e|en)\b|importier|kopier|schreib|erganz|ajout|inser|charg|import|copi|agreg|anad|carg|aggiung|caric|adicion|carreg|voeg|toevoeg|laad|dodaj|wstaw|zaladuj)/,
    /(добав|встав|загруз|添加|插入|加载|导入|追加|挿入|추가|삽입)/,
  ],
  /** What is there is to be written over as a whole. */
  overwrite: [
    /\b(replac|overwrit|refresh|reload|re-?build|rebuild|anew|from scratch|full (load|reload|refresh|export)|complete(ly)? (new|again)|snapshot|start over|instead of)/,
    /\b(ersetz|uberschreib|neu (laden|aufbauen|bauen)|vollstandig)/,
    /\b(remplac|ecras|recharg|reemplaz|sobrescrib|recarg|sostitu|sovrascriv|substitu|vervang)/,
    /(замен|перезапис|перезагруз|替换|覆盖|重新加载|置き換え|上書き|덮어)/,
  ],
  /** It is to happen again by itself. */
  repeat: [
    // "Every morning", "load it daily", "a nightly job"; not "the revenue of each day", "daily revenue".
    /(?<!\b(of|for|per|by|in|within) )(?<!\b(of|for|per|by|in|within) (each|every) \w+ (and|or) )\b(every|each) (single |other |second |few |\d+ )?(seconds?|minutes?|hours?|days?|mornings?|noon|afternoons?|evenings?|nights?|weeks?|weekdays?|weekends?|months?|quarters?|years?|(mon|tues|wednes|thurs|fri|satur|sun)days?)\b/,
    /\b(daily|hourly|weekly|monthly|quarterly|yearly)\b(?= ?([.,;:!?)]|$|(at|in the|on|from|between|around|and|before|after|starting|by itself|load|job|run|refresh|import|schedul|update|sync|batch|pipeline|feed|rebuild|ingest|basis)))/,
    /\b(nightly|schedul|cron|automatic|periodic|regularly|recurr|once an? (hour|day|week|month)|twice an? (hour|day|week|month)|whenever|as soon as|when(ever)? (new|a new|there are new)|keep (it|them|this|that) (up to date|fresh|current)|trigger|from now on|at (midnight|noon|\d{1,2}(:\d\d| ?(am|pm|o.?clock))))/,
    /(?<!\b(fur|pro|von) )\bjede[nrms]? (tag|morgen|mittag|abend|nacht|stunde|minute|woche|werktag|monat|quartal|jahr|(mon|diens|donners|frei|sams|sonn)tag|mittwoch)/,
    /\b(taglich|stundlich|wochentlich|monatlich|nachtlich|regelmassig|automatisch)\b|\b(zeitplan|sobald|immer wenn|werktags)/,
    /(?<!\b(de|par|pour|por|para|per|di) )\b(chaque (jour|matin|soir|nuit|heure|semaine|mois|(lun|mar|mercre|jeu|vendre|same)di|dimanche)|tous les (jours|matins|soirs|mois|(lun|mar|mercre|jeu|vendre|same)dis|dimanches)|toutes les (heures|nuits|semaines)|cada (dia|manana|noche|hora|semana|mes|lunes|martes|miercoles|jueves|viernes|sabado|domingo)|ogni (giorno|mattina|sera|notte|ora|settimana|mese|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica)|todos os dias|toda (manha|noite|semana)|elke (dag|ochtend|nacht|week|maand|uur)|codziennie|co (tydzien|dzien|godzine))/,
    /\b(quotidiennement|planifi|automatiquement|des que|diariamente|a diario|programar|programad|automaticamente|giornalmente|dagelijks|wekelijks)\b/,
    /кажд(ый|ую|ое) (день|утро|вечер|ноч|час|недел|месяц)|ежедневно|по расписан|автоматич|每天|每日|每周|每月|每小时|定时|毎日|毎週|毎月|毎朝|自動|매일|매주|자동/,
  ],
  /** It is to happen when something comes. */
  arrive: [
    /\b(whenever|as soon as|when(ever)? (a |the |there are |there is )?(new|next|more|files?|something)|new (files?|deliver|data|csv)|arriv|lands?\b|appear|upload|is delivered|are delivered|comes? in)/,
    /\b(sobald|immer wenn|neue (datei|lieferung)|eintreff|des que|nouveaux fichiers|quand|cuando|nuevos archivos|quando|nuovi file|zodra)/,
    /(как только|новые файлы|新文件|一旦|新しいファイル|새 파일)/,
  ],
  /** Rows that do not fit may be left out. */
  tolerate: [
    /\b(quarantin|aside|skip|ignor|tolerat|bad rows|broken rows|invalid rows|leave out|reject(ed)? rows|malformed|accept(able)? errors)/,
    /\b(uberspring|ignorier|aussortier|fehlerhafte|ignor|saut(er|e)\b|omit|descart|scart|overslaan)/,
    /(пропус|игнорир|忽略|跳过|無視|무시)/,
  ],
  /** What a failure leaves behind is said. */
  failure: [
    /\b(on ?failure|if (it|something|a step|anything|this) fails?|when it fails|roll ?back|roll(ed)? back|keep what|hold|wait for (me|someone|a person)|undo)/,
    /\b(fehlschlag|zuruckroll|schiefgeht|en cas d.echec|si (falla|echoue)|in caso di errore|als het mislukt)/,
  ],
  /** Classes of data are named. */
  classify: [
    /\b(classif|sensitiv|personal data|pii|gdpr|confidential|financial|health|private data|klassifizier|personenbezogen|vertraulich|sensib|donnees personnelles|datos personales|dati personali)/,
  ],
} as const satisfies Record<string, readonly RegExp[]>;

export type Family = keyof typeof FAMILIES;

const NEGATION =
  /\b(not|n.t|never|without|no|nothing|nor|neither|dont|cannot|nicht|nichts|rien|nada|niente|niets|kein(e|en|er)?|ohne|nie|ne|pas|sans|jamais|sin|nunca|non|senza|mai|nao|sem|niet|geen|zonder|nie|bez)\s+([\p{L}'’]+\s+){0,3}$/u;

/** Whether the words ask for it. What they forbid in the same breath ("do not delete anything") they do not ask for. */
export function asks(words: Words, family: Family): boolean {
  return found(words, family).length > 0;
}

interface Found {
  index: number;
  length: number;
}

/** Names and quotations ask for nothing: "build marts.deleted_orders" has nothing deleted. */
export function found({ prose }: Pick<Words, 'prose'>, family: Family): Found[] {
  return FAMILIES[family].flatMap((pattern) =>
    [...prose.matchAll(new RegExp(pattern.source, 'gu'))]
      .filter((match) => !NEGATION.test(prose.slice(Math.max(0, match.index - 40), match.index)))
      .map((match) => ({ index: match.index, length: match[0].length }))
      .filter((each) => isRequest(prose, each, family)),
  );
}

const PARTICIPLE =
  /^(deleted|removed|dropped|erased|purged|discarded|cleared|cleaned|emptied|truncated|eliminated|pruned|retired|culled|wiped)\b/;
const DEED = /^(deletions?|removals?|elimination|truncation)\b/;
const DOES = /\b(do|make|perform|request|want|need|run|start|for)\s+((a|the)\s+)?$/;
/** Words that are nouns and adjectives as well: "an empty status", "the drop in revenue". */
const EITHER = /^(empty|clear|drops?|clean|leere[nrms]?)\b/;
const NOUNS =
  /^(tags?|flags?|archives?|stores?|records?|logs?|sets?|marks?|turns?|moves?|fix|full|rounds?|correct|register|feeds?)\b/;
const NO_VERB =
  /\b(a|an|the|this|that|any|some|no|with|of|is|are|was|were|as|or|in|per|by|each|every|all|which|price|revenue|sharp|mit|ohne|von|bei|der|die|das|den)\s+$/;

/** "Orders that were deleted" and "an empty status" ask for nothing to be removed; "have them deleted" does. */
function isRequest(prose: string, { index }: Found, family: Family): boolean {
  const before = prose
    .slice(Math.max(0, index - 80), index)
    .split(/[.;!?]\s/)
    .at(-1)!;
  const rest = prose.slice(index);
  if (EITHER.test(rest) || NOUNS.test(rest)) return !NO_VERB.test(before);
  if (family !== 'remove') return true;
  if (DEED.test(rest)) return DOES.test(before);
  const participle = PARTICIPLE.exec(rest);
  if (!participle) return true;
  const after = rest.slice(participle[0].length);
  const ends =
    /^\s*([.,;:!?)]|$|(from|and|or|before|if|when|where|please|first|too|again|completely|entirely|immediately|now|as well|by)\b)/.test(
      after,
    );
  if (/\b(be|being|get|gets|getting)\s+(\w+ly\s+)?$/.test(before)) return ends;
  return (
    ends &&
    /\b(want|wants|need|needs|like|have)\b(?!\s+been\s)[^.;!?]+\s$/.test(before) &&
    !/\b(been|was|were)\s+$/.test(before)
  );
}

/** What a DROP may be about. */
export type Droppable = 'table' | 'view' | 'schema' | 'column' | 'index' | 'constraint';

/** By words, and in scripts that have no blanks. */
const STRUCTURES: Readonly<Record<Droppable, RegExp>> = {
  table: named(
    'tables?|tabellen?|tablas?|tabella|tabelle|tabelas?|tabel|tabela|таблиц\\w*',
    '表(?!示)|テーブル|테이블',
  ),
  view: named('views?|sicht|vue|vista', '视图|ビュー'),
  schema: named('schemas?|schemata'),
  column: named(
    'columns?|fields?|attributes?|spalten?|felde?r?|colonnes?|champs?|columnas?|campos?|colonn[ae]|colunas?|kolom|kolumn\\w*|столб\\w*',
    '列|カラム|컬럼',
  ),
  index: named('index(?:es)?|indices|indiz\\w*|indic[ei]s?', '索引|インデックス'),
  constraint: named('constraints?|keys?|checks?|schlussel|contrainte|restriccion', '约束'),
};

function named(words: string, signs = '表表表'): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words})(?![\\p{L}\\p{N}_])|${signs}`, 'u');
}

const ROWS =
  /\b(rows?|records?|entries|data (from|in|of)|from|where|zeilen|datensatze|aus|lignes|filas|righe|linhas|rijen)\b/u;

/**
 * Whether the words ask for tables, columns or the like to go themselves, and not only rows of them. `kind`: for one of
 * that kind; `name`: of which this is the name. "Drop that column" asks for no table to go.
 */
export function asksToDrop(words: Words, kind?: Droppable, name?: string): boolean {
  const { text } = words;
  return found(words, 'remove').some(({ index, length }) => {
    const sentence = (part: string): string => part.split(/[.;!?](\s|$)/u, 1)[0]!;
    const verb = index + length + /^\p{L}*/u.exec(text.slice(index + length))![0].length;
    const after = sentence(text.slice(verb, verb + 80));
    const before = text
      .slice(Math.max(0, index - 30), index)
      .split(/[.;!?]\s/u)
      .at(-1)!;
    // "Drop shop.orders", "drop note from the customers".
    if (name !== undefined && (isNext(after, name, kind) || isIt(text, index, after, name, kind)))
      return true;
    if (name === undefined && /^\s+(the\s+)?[\w$]+\.[\w$]+/u.test(after)) return true;
    const near = nearest(after.slice(0, 45));
    if (near) return fits(near.kind, kind) && !ROWS.test(after.slice(0, near.index));
    const earlier = nearest(before);
    return earlier !== undefined && fits(earlier.kind, kind) && !ROWS.test(before);
  });
}

const fits = (said: Droppable, kind: Droppable | undefined): boolean =>
  kind === undefined || said === kind || (said === 'table' && kind === 'view');

function nearest(text: string): { kind: Droppable; index: number } | undefined {
  return (Object.keys(STRUCTURES) as Droppable[])
    .flatMap((kind) => {
      const match = STRUCTURES[kind].exec(text);
      return match ? [{ kind, index: match.index }] : [];
    })
    .sort((a, b) => a.index - b.index)[0];
}

/** A table is named with its schema, because "drop orders" may mean some of them; a column by its name alone. */
function isNext(after: string, name: string, kind: Droppable | undefined): boolean {
  const bare = name.slice(name.lastIndexOf('.') + 1);
  const wanted = kind === 'table' || kind === 'view' || kind === 'schema' ? [name] : [name, bare];
  const next = after.replace(/^\s+(the\s+)?["`']?/u, '');
  return wanted.some(
    (each) =>
      next.startsWith(each.toLowerCase()) &&
      !/^[\p{L}\p{N}_$.]*[\p{L}\p{N}_$]/u.test(next.slice(each.length)),
  );
}

/** "x is not needed any more: drop it", with nothing in between that could be meant instead. */
function isIt(
  text: string,
  index: number,
  after: string,
  name: string,
  kind: Droppable | undefined,
): boolean {
  if (!/^\s+(it|this|that|es|sie|la|le|lo|het)\b(?!\s+[\p{L}_])/u.test(after)) return false;
  const spelled =
    kind === 'column' || kind === 'index' || kind === 'constraint'
      ? name.slice(name.lastIndexOf('.') + 1)
      : name;
  const at = text.lastIndexOf(spelled.toLowerCase(), index);
  if (at < 0 || !spells({ text: text.slice(0, index) }, spelled)) return false;
  const between = text.slice(at + spelled.length, index);
  const other = nearest(between);
  return !ROWS.test(between) && (other === undefined || fits(other.kind, kind));
}

const ALL =
  '(?:all|every|each|alle|toutes?|tous|todos|todas|tutt[ie])(?: (?:of )?(?:the|its|their|these|those|die|les|los|las|le|i|gli))?(?: single)?';
const ALL_ROWS = new RegExp(
  String.raw`\b(${ALL} (?:rows?|records?|entr(?:y|ies)|data|contents?|lines?|zeilen|datensatze|daten|eintrage|lignes|enregistrements|filas|registros|righe|linhas|rijen)|todas as linhas|everything|empty|truncate|wipe|alles|leere)\b|所有行|全部数据|清空|すべての行|全行|모든 행`,
  'gu',
);

/** What makes "all" less than all. */
const RESTRICTED =
  /\b(where|older|newer|before|after|with|without|that|which|whose|who|since|until|between|not|only|except|but|from (19|20)\d\d|in (19|20)\d\d|of (19|20)\d\d|having|matching|marked|deren|alter|vor|nach|ausser|qui|dont|avant|apres|sauf|que|cuyo|antes|despues|excepto|che|prima|dopo|tranne)\b/u;
/** Words that may stand between "all rows" and the name of a table. */
const BETWEEN = new Set(
  'of in from the table view schema it its this that there is are please now completely entirely at once again first too und von aus der die das den tabelle dans de la les du en el tabla della nella'.split(
    ' ',
  ),
);

/**
 * Whether the words ask for every row in so many words, in the sentence that asks for it to be done: "delete all rows of
 * it", "set the note of all customers to x". `relation`: of that one; nothing else may follow that could mean fewer.
 */
export function asksForAllRows(words: Words, relation?: string, family?: 'remove' | 'change'): boolean {
  const { text, prose } = words;
  const own = relation === undefined ? [] : tokensOf(relation);
  const patterns = [ALL_ROWS];
  const bare = relation?.slice(relation.indexOf('.') + 1);
  if (bare !== undefined)
    patterns.push(new RegExp(String.raw`\b${ALL} ${tokensOf(bare).join('[ _]')}\b`, 'gu'));
  return patterns.some((pattern) =>
    [...text.matchAll(pattern)].some((match) => {
      const end = match.index + match[0].length;
      // A quotation, or a part of a name.
      if (pattern === ALL_ROWS && prose.slice(match.index, end) !== match[0]) return false;
      const before = text
        .slice(0, match.index)
        .split(/[.;!?]\s/u)
        .at(-1)!;
      const after = text.slice(end).split(/[.;!?](?:\s|$)/u, 1)[0]!;
      if (NEGATION.test(before.slice(-40))) return false;
      if (EITHER.test(match[0]) && NO_VERB.test(before)) return false;
      const from = match.index - before.length;
      const sentence = { prose: prose.slice(from, end + after.length) };
      if (family !== undefined && found(sentence, family).length === 0) return false;
      const rest = after.split(/,\s| (?:and|then|und|dann|et|puis|y|e|en)\s/u, 1)[0]!;
      if (RESTRICTED.test(rest)) return false;
      if (relation === undefined) return true;
      const left = family === 'change' ? rest.replace(/^\s+(?:to|auf|a|in|into)\s.*$/u, '') : rest;
      return tokensOf(left).every((token) => BETWEEN.has(token) || own.includes(token));
    }),
  );
}
