import { CHUNK, inRing } from '../../sources/ring';

describe('a ring of buffers', () => {
  it('gives the same bytes in full buffers, whatever the sizes they come in', async () => {
    const parts = [3, 0, CHUNK, 1, CHUNK - 1, 2 * CHUNK + 7, 5].map((size, at) => Buffer.alloc(size, at + 1));
    const source = async function* (): AsyncGenerator<Buffer> {
      yield* parts;
    };
    const sizes: number[] = [];
    const seen: Buffer[] = [];
    for await (const chunk of inRing(source())) {
      sizes.push(chunk.length);
      seen.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(seen).equals(Buffer.concat(parts))).toBe(true);
    expect(sizes.slice(0, -1)).toEqual(Array(sizes.length - 1).fill(CHUNK));
  });

  it('leaves a chunk alone until six more were asked for', async () => {
    const source = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < 30; at++) yield Buffer.alloc(CHUNK, at);
    };
    const held: Buffer[] = [];
    let at = 0;
    for await (const chunk of inRing(source())) {
      held.push(chunk);
      if (held.length > 7) held.shift();
      expect(held.map((each) => each[0])).toEqual(
        Array.from({ length: held.length }, (_, back) => at - held.length + 1 + back),
      );
      at++;
    }
  });
});
