/** Answers that are asked for again with every record. */

/** `answer`, with its last answers kept: at most `most` of them, and none to a text of more than 256 characters. */
export function remember<K extends string | number, V>(most: number, answer: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value !== undefined) return value;
    value = answer(key);
    if (typeof key === 'string' && key.length > 256) return value;
    // Names are an attacker's to choose: what is kept begins anew rather than growing.
    if (known.size >= most) known.clear();
    known.set(key, value);
    return value;
  };
}
