import { Progress } from '../../../client/cli/progress';
import { PLAIN } from '../../../client/cli/render/style';
import { surroundings } from '../support/surroundings';

const on = (tty: boolean) => {
  const around = surroundings({ tty });
  return { progress: new Progress(around.stderr, PLAIN.paint), text: () => around.output().stderr };
};

/** What is left on a terminal that these bytes were written to: each line as it was last drawn. */
function screen(bytes: string): string[] {
  return bytes.split('\n').map((line) => line.split('\r\u001b[2K').at(-1)!);
}

describe('progress', () => {
  it('on a terminal is one line that is gone at the end; what was said above it stays', () => {
    const { progress, text } = on(true);
    progress.show('applying', 'a');
    progress.above('✓ a');
    progress.show('applying', 'b');
    expect(screen(text())).toEqual(['✓ a', expect.stringMatching(/^. applying: b$/) as string]);
    progress.stop();
    expect(screen(text())).toEqual(['✓ a', '']);
  });

  it('on a terminal never takes more than a line', () => {
    const { progress, text } = on(true);
    progress.show('applying', 'x'.repeat(500));
    expect(screen(text()).at(-1)!.length).toBeLessThanOrEqual(100);
    progress.stop();
  });

  it('elsewhere is a line for each phase, without anything that moves', () => {
    const { progress, text } = on(false);
    progress.show('rehearsing', '1 of 2');
    progress.show('rehearsing', '2 of 2');
    progress.show('applying', 'a');
    progress.above('✓ a');
    progress.stop();
    expect(text()).toBe('rehearsing …\napplying …\n✓ a\n');
  });
});
