export function findGrammars(): string[];
export function generate(path: string): string;
export function generatedPath(path: string): string;
