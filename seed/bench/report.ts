export interface Finding {
  name: string;
  measured: string;
  target: string;
  met: boolean;
}

/** Prints the findings as a table; a benchmark tells, it does not fail. */
export function printFindings(findings: Finding[]): void {
  const columns: Array<keyof Omit<Finding, 'met'>> = ['name', 'measured', 'target'];
  const widths = columns.map((column) => Math.max(...findings.map((finding) => finding[column].length)));
  for (const finding of findings) {
    const cells = columns.map((column, index) => finding[column].padEnd(widths[index]!));
    console.log(`${finding.met ? '✓' : '✗'} ${cells.join('   ')}`);
  }
}
