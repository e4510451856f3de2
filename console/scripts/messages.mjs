/** Compiles the messages without Vite, so that the type check sees them. Run from the console's folder. */
import { compile } from '@inlang/paraglide-js';
import { messageOptions } from './paraglide.mjs';

await compile(messageOptions);
