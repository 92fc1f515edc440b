import { callerOf } from '../../../client/core/caller';

it('a bad SLUICE_TOKEN is not mended by signing in, and says what does', async () => {
  const place = { home: '/nosuch', cwd: '/', env: { SLUICE_TOKEN: 'slt_forged' } };
  const refused = callerOf({} as never, place);
  await expect(refused).rejects.toMatchObject({
    problem: { code: 'token_invalid', next: expect.stringMatching(/unset it/) as string },
  });
});
