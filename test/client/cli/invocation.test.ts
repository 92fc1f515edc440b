import { chmodSync } from 'node:fs';
import path from 'node:path';
import { asTyped, commandName } from '../../../client/cli/invocation';
import { folder } from '../support/files';

describe('a command that is shown', () => {
  it('is `sluice` where the shell finds it', () => {
    const bin = folder({ sluice: '' });
    chmodSync(path.join(bin, 'sluice'), 0o755);
    expect(commandName('/clone/bin/sluice', '/clone', { PATH: bin })).toBe('sluice');
  });

  it('is the path of the program elsewhere, as short as it goes', () => {
    expect(commandName('/clone/bin/sluice', '/clone', { PATH: '' })).toBe('./bin/sluice');
    expect(commandName('/clone/bin/sluice', '/work', { PATH: '' })).toBe('/clone/bin/sluice');
  });

  it('can be typed as it stands, in the middle of a sentence too', () => {
    const text = 'Start it: sluice up. (Or `sluice show x`; run sluice as its owner, not /usr/sluice up.)';
    expect(asTyped(text, './bin/sluice')).toBe(
      'Start it: ./bin/sluice up. (Or `./bin/sluice show x`; run sluice as its owner, not /usr/sluice up.)',
    );
  });
});
