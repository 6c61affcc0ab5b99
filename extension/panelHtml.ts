/** The page that the run panel loads, with a content security policy that allows its own files alone. Pure. */

export interface PanelFiles {
  scriptUri: string;
  styleUri: string;
  /** The webview's own origin for style sheets, fonts and images. */
  cspSource: string;
  /** New for every page; from a cryptographic source. */
  nonce: string;
}

export function panelHtml(files: PanelFiles): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${files.nonce}'`,
    `style-src ${files.cspSource}`,
    `font-src ${files.cspSource}`,
    `img-src ${files.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Heliostat run</title>
<link rel="stylesheet" href="${files.styleUri}">
</head>
<body>
<script nonce="${files.nonce}" src="${files.scriptUri}"></script>
</body>
</html>
`;
}
