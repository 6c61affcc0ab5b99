/** Addresses of Ray clusters elsewhere, as people type them. Pure. */

/** `http(s)://host:port` without a path, or the words for what is wrong with it. */
export function readAddress(text: string): { address: string } | { wrong: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { wrong: "Enter the address of Ray's dashboard, usually http://HOST:8265." };
  if (/^ray:\/\//i.test(trimmed)) {
    return { wrong: 'That is a Ray Client address. Jobs go to the dashboard, usually http://HOST:8265.' };
  }
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (!url || url.hostname === '')
    return { wrong: 'This is not an address. It looks like http://HOST:8265.' };
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { wrong: 'Only http and https addresses work.' };
  if (url.username !== '' || url.password !== '') {
    return { wrong: 'Leave the password out; a token is asked for in the next step.' };
  }
  const port = url.port === '' && url.protocol === 'http:' && !/:80\/?$/.test(withScheme) ? ':8265' : '';
  return { address: `${url.protocol}//${url.host}${port}` };
}

/** Where the token of an address is kept, however the address is written. */
export function tokenKey(address: string): string {
  const read = readAddress(address);
  return `heliostat.token:${'wrong' in read ? address : read.address}`;
}
