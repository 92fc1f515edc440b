import { renderProposal } from '../../../../client/cli/render/proposal';
import { PLAIN, styleFor } from '../../../../client/cli/render/style';
import { change, gate, plan } from '../../support/proposals';

const lines = (text: string): string[] => text.split('\n');

describe('a proposal, as a person reads it', () => {
  it('has the verdict first, then each change, what was proven, who decides, and the digest', () => {
    expect(renderProposal(plan(), { target: { host: '127.0.0.1', database: 'warehouse' } }, PLAIN)).toBe(
      `flights-daily: 1 change adds; all of it can be undone, which was proven
about 27,004 rows, 2.6 MB, 1.2 s

  + flights  additive  append 31 files into raw.flights
    writes    raw.flights
    about     27,004 rows, 2.6 MB, 1.2 s
    undo      exact, and proven in the rehearsal
    │ create table "raw"."flights" ("year" bigint);

  rehearsal applied, verified and undone on a shadow; afterwards everything was as before
            ✓ 1 check passed
  covers    structure and owners; raw.flights: 1000 rows
  gate      1 approver within 7 days: adds or refreshes data with an exact undo; one person must
            approve
  target    host 127.0.0.1, database warehouse
  digest    3f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c4
  run       flights-daily-20130131-abcdef

Plan: 1 to add · about 27,004 rows, 2.6 MB, 1.2 s · undo exact, and proven`,
    );
  });

  it('says loudly what will be lost, what it locks, what was found, and who must repeat what', () => {
    const drop = change({
      step: 'cleanup',
      kind: 'sql',
      title: 'drop table raw.old',
      risk: 'destructive',
      lossy: ['the table is larger than what is kept for undo: its rows are gone'],
      writes: ['raw.old'],
      apply: 'drop table "raw"."old";',
      findings: [
        {
          severity: 'warning',
          rule: 'depended_on',
          message: 'the view raw.v reads it',
          place: 'cleanup.sql:1:1',
        },
      ],
      estimate: { locks: 'readers of raw.old wait until it is done', undoBytes: 12_000 },
    });
    const two = gate({
      approvers: 2,
      reason: 'destructive or lossy: cleanup; two different people must approve',
      confirm: ['raw.old'],
    });
    const text = renderProposal(plan({ changes: [drop], gates: [two] }), {}, PLAIN);
    expect(lines(text)[0]).toBe('flights-daily: 1 change destroys; NOT undoable without loss');
    expect(text).toContain('- cleanup  destructive  drop table raw.old');
    expect(text).toContain(
      'undo      LOSSY: the table is larger than what is kept for undo: its rows are gone',
    );
    expect(text).toContain('locks     readers of raw.old wait until it is done');
    expect(text).toContain('about     keeps 12.0 kB to undo it');
    expect(text).toContain('warning   the view raw.v reads it (cleanup.sql:1:1) [depended_on]');
    expect(text).toContain('2 approvers within 7 days');
    expect(text).toContain('here, one person may do it who repeats the names: raw.old');
  });

  it('of which nothing is left to do says so', () => {
    const noop = change({ noop: true, title: 'nothing new in the files: all 31 files are loaded' });
    const open = gate({ approvers: 0, reason: 'nothing would change' });
    const none = { status: 'not_needed' as const, undoProven: true, checks: [], covers: [], gaps: [] };
    const text = renderProposal(plan({ changes: [noop], gates: [open], rehearsal: none }), {}, PLAIN);
    expect(lines(text)[0]).toBe('flights-daily: nothing to do: nothing new was found');
    expect(text).toContain('· flights  nothing new in the files: all 31 files are loaded');
    expect(text).not.toContain('create table');
  });

  it.each([
    [{ risk: 'additive' as const }, { risk: 'additive' as const }, '2 changes add;'],
    [
      { risk: 'read' as const, writes: [] },
      { risk: 'rewriting' as const },
      '1 change rewrites, 1 only reads;',
    ],
    [{ risk: 'destructive' as const }, { risk: 'destructive' as const }, '2 changes destroy;'],
  ])('counts its changes by risk: %j and %j', (one, two, words) => {
    expect(renderProposal(plan({ changes: [change(one), change(two)] }), {}, PLAIN)).toContain(words);
  });

  it('does not call an undo proven that was not', () => {
    const { rehearsal } = plan();
    const unproven = {
      ...rehearsal,
      status: 'unproven' as const,
      undoProven: false,
      gaps: ['a function in C is not in the shadow'],
    };
    const text = renderProposal(plan({ rehearsal: unproven }), {}, PLAIN);
    expect(lines(text)[0]).toContain('undo was not proven');
    expect(text).toContain('undo      exact by design, but not proven');
    expect(text).toContain('gap       a function in C is not in the shadow');
    expect(text).not.toContain('and proven');
  });

  it('names every check that failed, and counts the others', () => {
    const { rehearsal } = plan();
    const checks = [
      ...rehearsal.checks,
      { name: 'daily: unique', ok: false, severity: 'warning' as const, message: '3 twice' },
    ];
    const text = renderProposal(plan({ rehearsal: { ...rehearsal, checks } }), {}, PLAIN);
    expect(text).toContain('! warning: daily: unique: 3 twice');
    expect(text).toContain('✓ 1 check passed');
    expect(text).not.toContain('1000 of 1000');
  });

  it('folds long statements, and shows all of them and the undo when asked', () => {
    const long = change({ apply: Array.from({ length: 20 }, (_, index) => `line ${index + 1};`).join('\n') });
    const folded = renderProposal(plan({ changes: [long] }), {}, PLAIN);
    expect(folded).toContain('… 14 more lines (--full shows them)');
    expect(folded).not.toContain('line 7;');
    expect(folded).not.toContain('drop table');
    const full = renderProposal(plan({ changes: [long] }), { full: true }, PLAIN);
    expect(full).toContain('line 20;');
    expect(full).toContain('│ drop table "raw"."flights";');
    expect(full).toContain('✓ flights: rows: 1000 of 1000');
  });

  it('shows what would play with the terminal written out', () => {
    const sly = change({ title: 'load \u001b[2J\u202eevil', apply: 'select 1;\r\nselect 2;' });
    const text = renderProposal(plan({ changes: [sly] }), {}, PLAIN);
    expect(text).toContain('load \\u{1b}[2J\\u{202e}evil');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('has colours for a terminal, and none with NO_COLOR', () => {
    const tty = { isTTY: true, columns: 100 };
    expect(renderProposal(plan(), {}, styleFor(tty, { TERM: 'xterm' }))).toContain('\u001b[32m');
    expect(
      renderProposal(plan(), {}, styleFor(tty, { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '1' })),
    ).not.toContain('\u001b');
    expect(renderProposal(plan(), {}, styleFor({ isTTY: false }, {}))).not.toContain('\u001b');
  });

  it('stays within the width of the terminal, but for names that are longer', () => {
    const wide = plan({
      rehearsal: { ...plan().rehearsal, covers: Array(30).fill('structure, owners, privileges') as string[] },
    });
    const text = renderProposal(wide, {}, styleFor({ columns: 80 }, {}));
    expect(Math.max(...lines(text).map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says what was asked in plain words, what was assumed, and what nobody asked for', () => {
    const asked = {
      askId: 'ask-1',
      text: 'revenue by region',
      by: 'ann',
      assumptions: ['Paid orders count.'],
      questions: ['With tax?'],
      explanation: 'One row per region.',
      citations: [{ source: 'table:shop.orders', title: 'orders', why: 'amounts' }],
      beyond: [
        { what: 'relation', name: 'public.exfil', step: 'extra', reason: 'nothing of it is in the words' },
      ],
    };
    const reasons = ['public.exfil: nothing of it is in the words'];
    const text = renderProposal(plan({ asked, gates: [gate({ beyond: reasons })] }), {}, PLAIN);
    expect(lines(text).slice(2, 9)).toEqual([
      '',
      '  asked     “revenue by region” (by ann)',
      '  answer    One row per region.',
      '  assumes   Paid orders count.',
      '  asks      With tax?',
      '  BEYOND    public.exfil (step extra): nothing of it is in the words',
      '  from      orders [table:shop.orders]: amounts',
    ]);
  });
});
