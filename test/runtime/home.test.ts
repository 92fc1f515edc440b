import { mkdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findConfig, findHome, prepareHome } from '../../runtime/home';
import { temporaryDirectory } from './support';

describe('the home', () => {
  const root = realpathSync(temporaryDirectory());
  const below = path.join(root, 'project', 'goals', 'flights');
  beforeAll(() => mkdirSync(below, { recursive: true }));
  afterAll(() => rmSync(root, { recursive: true }));

  it('is .sluice in the working directory when there is no project', () => {
    expect(findHome(below, {})).toBe(path.join(below, '.sluice'));
  });

  it('is where SLUICE_HOME says, relative to the working directory', () => {
    expect(findHome(below, { SLUICE_HOME: '/somewhere' })).toBe('/somewhere');
    expect(findHome(below, { SLUICE_HOME: '../state' })).toBe(path.join(root, 'project/goals/state'));
  });

  it('is that of the nearest directory upwards with a configuration or a home', () => {
    const project = path.join(root, 'project');
    writeFileSync(path.join(project, 'sluice.config.yaml'), '');
    expect(findHome(below, {})).toBe(path.join(project, '.sluice'));
    mkdirSync(path.join(project, 'goals', '.sluice'));
    expect(findHome(below, {})).toBe(path.join(project, 'goals', '.sluice'));
  });

  it('has the configuration beside it, else the nearest one from the working directory', () => {
    const project = path.join(root, 'project');
    writeFileSync(path.join(project, 'sluice.config.yaml'), '');
    expect(findConfig(path.join(project, '.sluice'), '/')).toBe(path.join(project, 'sluice.config.yaml'));
    expect(findConfig('/elsewhere/state', below)).toBe(path.join(project, 'sluice.config.yaml'));
    expect(findConfig('/elsewhere/state', '/')).toBeUndefined();
  });

  it('lets nobody else list it, nor enter what is private, and has one name', () => {
    const link = path.join(root, 'link');
    symlinkSync(path.join(root, 'project'), link);
    const paths = prepareHome(path.join(link, 'made'));
    expect(paths.home).toBe(path.join(root, 'project', 'made'));
    const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
    expect(mode(paths.home)).toBe('711');
    expect([paths.secrets, paths.logs, paths.temporal].map(mode)).toEqual(['700', '700', '700']);
  });

  it('that cannot be made is permission_denied', () => {
    writeFileSync(path.join(root, 'file'), '');
    expect(() => prepareHome(path.join(root, 'file', 'home'))).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'permission_denied' }) }),
    );
  });
});
