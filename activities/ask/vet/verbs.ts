import type { Words } from './words';

/**
 * Words that ask for something which nobody does by accident. Beginnings of words in the languages that people are
 * most likely to write in; in another one the person is asked, which is the safe side.
 */
const FAMILIES = {
  /** Something is taken away. */
  remove: [
    /\b(delet|remov|drop|eras|purg|discard|get rid|clean ?up|clear(ed|ing|s)?\b|wip(e|ing)|empty|truncat|throw away|eliminat|prun(e|ing)|de-?dup|retir|cull)/,
    /\b(losch|entfern|verwirf|beseitig|leer(e|en)\b|wegwerf)/,
    /\b(supprim|effac|enlev|vid(er|e|ez)\b|elimin|borr(a|e)|suprim|quit(a|e)|vaci|cancell|rimuov|svuot|apag|exclu(ir|a)|verwijder|wis(sen)?\b|usun|skasuj|sletta|slet\b)/,
    /(удал|стере|очист|сотри|删除|移除|清空|去掉|刪除|削除|消して|삭제|제거)/,
  ],
  /** Something that is there becomes different. */
  change: [
    /\b(updat|chang|set(s|ting)?\b|fix|correct|normali[sz]|convert|replac|rewrit|fill|backfill|lower-? ?cas|upper-? ?cas|trim|renam|call it|mark|adjust|increas|decreas|rais|reduc|anonymi[sz]|mask|round|standardi[sz]|transform|turn|assign|alter|modif|mov(e|ing)|migrat|merg|swap|widen|shorten|extend|make (it|them|the)|should be|must be|has to be|have to be)/,
    /\b(ander|setz|korrigier|aktualisier|ersetz|normalisier|full|umbenenn|verschieb|erhoh|umwandl|konvertier|soll|muss)/,
    /\b(modifi|corrig|mett|mets|remplac|renomm|normalis|cambi|actualiz|reemplaz|renombr|pon(er|ga)?\b|aggiorn|sostitu|rinomin|atualiz|substitu|renome|wijzig|verander|hernoem|zmien|zaktualiz)/,
    /(измен|обнов|исправ|замен|переимен|更新|修改|更改|替换|重命名|変更|修正|置き換え|변경|수정)/,
  ],
  /** Rows come to what is there. */
  add: [
    /\b(add|insert|append|load|import|ingest|copy|put|writ|record|register|enter|creat|fill|seed|includ|bring|sav(e|ing)|stor(e|ing)|complement|supplement|extend|log)/,
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
    /(?<!\b(of|for|per|by|in|within) )\b(every|each) (single |other |second |few |\d+ )?(seconds?|minutes?|hours?|days?|mornings?|noon|afternoons?|evenings?|nights?|weeks?|weekdays?|weekends?|months?|quarters?|years?|(mon|tues|wednes|thurs|fri|satur|sun)days?)\b/,
    /\b(daily|hourly|weekly|monthly|quarterly|yearly)\b(?= ?([.,;:!?)]|$|(at|in the|on|from|between|around|and|before|after|starting|by itself|load|job|run|refresh|import|schedul|update|sync|batch|pipeline|feed|rebuild|ingest|basis)))/,
    /\b(nightly|schedul|cron|automatic|periodic|regularly|recurr|once an? (hour|day|week|month)|twice an? (hour|day|week|month)|whenever|as soon as|when(ever)? (new|a new|there are new)|keep (it|them|this|that) (up to date|fresh|current)|trigger|from now on|at (midnight|noon|\d{1,2}(:\d\d| ?(am|pm|o.?clock))))/,
    /(?<!\b(fur|pro|von) )\bjede[nrms]? (tag|morgen|mittag|abend|nacht|stunde|minute|woche|werktag|monat|quartal|jahr|(mon|diens|donners|frei|sams|sonn)tag|mittwoch)/,
    /\b(taglich|stundlich|wochentlich|monatlich|nachtlich|regelmassig|automatisch)\b|\b(zeitplan|sobald|immer wenn|werktags)/,
    /(?<!\b(de|par|pour|por|para|per|di) )\b(chaque (jour|matin|soir|nuit|heure|semaine|mois)|tous les (jours|matins|soirs|lundis|mois)|toutes les (heures|nuits|semaines)|cada (dia|manana|noche|hora|semana|mes|lunes)|ogni (giorno|mattina|sera|notte|ora|settimana|mese)|todos os dias|toda (manha|noite|semana)|elke (dag|ochtend|nacht|week|maand|uur)|codziennie|co (tydzien|dzien|godzine))/,
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
  return found(words, FAMILIES[family]).length > 0;
}

function found({ text }: Words, patterns: readonly RegExp[]): { index: number; length: number }[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern.source, 'gu'))]
      .filter((match) => !NEGATION.test(text.slice(Math.max(0, match.index - 40), match.index)))
      .map((match) => ({ index: match.index, length: match[0].length })),
  );
}

const STRUCTURE =
  /\b(tables?|views?|schemas?|columns?|fields?|index(es)?|indices|constraints?|tabelle|spalte|sicht|feld|vue|colonne|champ|tabla|columna|vista|campo|tabella|colonna|tabela|coluna|tabel|kolom|tabela|kolumn)\b|таблиц|столб|表|列|视图|テーブル|カラム|테이블|컬럼/u;
const ROWS =
  /\b(rows?|records?|entries|data (from|in|of)|from|where|zeilen|datensatze|aus|lignes|filas|righe|linhas|rijen)\b/u;

/** Whether the words ask for tables, columns or the like to go themselves, and not only rows of them. */
export function asksToDrop(words: Words): boolean {
  const { text } = words;
  return found(words, FAMILIES.remove).some(({ index, length }) => {
    if (/^drop/.test(text.slice(index))) return true;
    const sentence = (part: string): string => part.split(/[.;!?] /, 1)[0]!;
    const after = sentence(text.slice(index + length, index + length + 45));
    const before = text.slice(Math.max(0, index - 30), index);
    const near = STRUCTURE.exec(after);
    if (near) return !ROWS.test(after.slice(0, near.index));
    if (/^\w*\s+(the\s+)?[\w$]+\.[\w$]+/u.test(after)) return true;
    return STRUCTURE.test(before) && !ROWS.test(before);
  });
}

const ALL_ROWS =
  /\b(((all|every|each)( (of )?(the|its|their|these|those))? (single )?(rows?|records?|entr(y|ies)|data|contents?|lines?))|everything|empty|truncate|wipe|all (its|their) (rows|data)|alle (zeilen|datensatze|daten|eintrage)|alles|leere|toutes les lignes|tous les enregistrements|todas las filas|todos los registros|tutte le righe|todas as linhas|alle rijen)\b|所有行|全部数据|清空|すべての行|全行|모든 행/gu;

/** What makes "all" less than all. */
const RESTRICTED =
  /\b(where|older|newer|before|after|with|without|that|which|whose|who|since|until|between|not|only|except|but|from (19|20)\d\d|in (19|20)\d\d|of (19|20)\d\d|having|matching|marked|die|deren|alter|vor|nach|ausser|qui|dont|avant|apres|sauf|que|cuyo|antes|despues|excepto|che|prima|dopo|tranne)\b/u;

/** Whether the words ask for every row in so many words: "delete all rows of it", and nothing after it restricts that. */
export function asksForAllRows(words: Words): boolean {
  for (const match of words.text.matchAll(ALL_ROWS)) {
    const rest = words.text.slice(match.index + match[0].length).split(/[.;!?]/, 1)[0]!;
    const before = words.text.slice(Math.max(0, match.index - 40), match.index);
    if (!RESTRICTED.test(rest) && !NEGATION.test(before)) return true;
  }
  return false;
}
