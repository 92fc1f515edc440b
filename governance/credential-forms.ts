/**
 * The one catalogue of what credentials look like by themselves: what is refused before it is stored or sent to a model
 * (`secret-text.ts`), and what is taken out of texts that may hold one (`secret-shapes.ts`). Lengths are the least that an
 * issuer hands out, so that what one place refuses no other lets through.
 */

/** Forms of keys as their issuers publish them; to be used with `matchAll`, which leaves them as they are. */
export const CREDENTIAL_FORMS: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a private key',
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  ],
  ['a Sluice token', /\bslt_[A-Za-z0-9_-]{20,}/g],
  ['an API key', /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{16,}/g],
  ['an AWS access key', /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/g],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g],
  ['a GitLab token', /\bgl(?:pat|dt|ptt|rt|soat)-[A-Za-z0-9_-]{16,}/g],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g],
  ['a Slack webhook', /\bhooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,}/gi],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{30,}/g],
  ['a Google OAuth token', /\b(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})/g],
  ['a Stripe key', /\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{20,}/g],
  ['an npm token', /\bnpm_[A-Za-z0-9]{30,}/g],
  ['a PyPI token', /\bpypi-[A-Za-z0-9_-]{30,}/g],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{30,}/g],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g],
  ['a Databricks token', /\bdapi[0-9a-f]{32}/g],
  ['a DigitalOcean token', /\bdo[opr]_v1_[0-9a-f]{40,}/g],
  ['a Vault token', /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/g],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g],
  ['an Azure account key', /\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{20,}/gi],
  ['a signature of an Azure or AWS address', /[?&](?:sig|X-Amz-Signature)=[A-Za-z0-9%+/=_-]{20,}/gi],
  ['an authorization header', /\b(?:bearer|basic)\s+(?=\S*[0-9=])[A-Za-z0-9._~+/=-]{16,}/gi],
];

/** The password of a URL, as its one group. */
export const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*:([^\s/@'"]+)@/gi;
