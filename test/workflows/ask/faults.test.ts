import type { AskDocument } from '../../../schemas/ask';
import type { ErrorCode } from '../../../schemas/errors';
import type { FaultSpec } from '../../messages-api/faults';
import { askBed, type AskBed, type AskOver } from './bed';

jest.setTimeout(90_000);

interface Case {
  fault: FaultSpec;
  /** Absent: it passes, and the ask is answered. */
  code?: ErrorCode;
  /** States of the ledger's rows, in order. */
  ledger: string[];
  over?: AskOver;
}

const CASES: Record<string, Case> = {
  'a wrong key': { fault: '401', code: 'authentication_failed', ledger: ['failed'] },
  'a payment that is due': { fault: '402', code: 'llm_spend_limit', ledger: ['failed'] },
  'a spend limit, which says 429': { fault: 'spend-limit', code: 'llm_spend_limit', ledger: ['failed'] },
  'a rate limit': { fault: { name: '429', retryAfter: 1 }, ledger: ['failed', 'answered'] },
  'a rate limit that does not say how long': { fault: '429-bare', ledger: ['failed', 'answered'] },
  'an error of the service': { fault: '500', ledger: ['failed', 'answered'] },
  'an overload': { fault: '529', ledger: ['failed', 'answered'] },
  'an overload in the middle of an answer': { fault: 'stream-error', ledger: ['failed', 'answered'] },
  'a socket that is cut before the answer': { fault: 'cut', ledger: ['failed', 'answered'] },
  'a socket that is cut in the answer': { fault: 'cut-mid', ledger: ['failed', 'answered'] },
  'a grammar that took too long': { fault: 'grammar-timeout', ledger: ['failed', 'answered'] },
  'a slow first byte': { fault: { name: 'slow', delayMs: 700 }, ledger: ['answered'] },
  'an answer that is cut off': { fault: 'max_tokens', ledger: ['answered', 'answered'] },
  'a turn that is paused': { fault: 'pause_turn', ledger: ['answered', 'answered'] },
  'a refusal': { fault: 'refusal', code: 'ask_declined', ledger: ['answered'] },
  'arguments that are not JSON': { fault: 'invalid-json', ledger: ['answered', 'answered'] },
};

describe('an ask whose first call meets', () => {
  let bed: AskBed;
  const ends = new Map<string, Promise<{ document: AskDocument; ledger: string[] }>>();
  beforeAll(async () => {
    bed = await askBed();
    const ok = { tool: 'answer', input: { answer: 'forty two' } };
    bed.api.script(
      Object.entries(CASES).flatMap(([name, { fault }]) => [
        { when: { words: `«${name}»` }, answer: ok, fault, times: 1 },
        { when: { words: `«${name}»` }, answer: ok },
      ]),
    );
    // All at once: what takes time is waiting until the service may be asked again.
    for (const [name, { over }] of Object.entries(CASES)) ends.set(name, ended(`«${name}»`, over));
  });
  afterAll(() => bed?.close());

  const ended = async (words: string, over?: AskOver) => {
    const handle = await bed.ask(words, over);
    const document = await bed.end(handle);
    const rows = await bed.engine.services.store.db
      .selectFrom('llm_call')
      .select('state')
      .where('ask_id', '=', handle.workflowId)
      .orderBy('id')
      .execute();
    return { document, ledger: rows.map(({ state }) => state) };
  };

  it.each(Object.entries(CASES))('%s', async (name, { code, ledger }) => {
    const end = await ends.get(name)!;
    expect(end.ledger).toEqual(ledger);
    if (code === undefined) expect(end.document).toMatchObject({ status: 'answered', answer: 'forty two' });
    else expect(end.document).toMatchObject({ error: { code } });
  });

  it('a model that does not exist: says which', async () => {
    const { document } = await ended('which model', { llm: { models: { large: 'claude-nobody-1' } } });
    expect(document).toMatchObject({ status: 'failed', error: { code: 'llm_model_unknown' } });
    expect(document.error!.message).toContain('claude-nobody-1');
  });

  it('a key that is not the one: says what to do, and quotes nothing of it', async () => {
    const { document } = await ended('whose key', { llm: { apiKey: 'secret://OTHER' } });
    expect(document).toMatchObject({ error: { code: 'authentication_failed' } });
    expect(JSON.stringify(document)).not.toContain('another-key');
  });
});
