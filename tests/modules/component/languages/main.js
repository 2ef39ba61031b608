// The functions of world.wit in JavaScript.

export function processData(input) {
  const value = JSON.parse(new TextDecoder().decode(input));
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw "the input is not an object";
  }
  return new TextEncoder().encode(JSON.stringify({ fields: Object.keys(value).length, name: value.name ?? null }));
}

export function greet(input) {
  return JSON.stringify(`Hello, ${JSON.parse(input)}`);
}

export function writeLog(input) {
  console.log("told:", input);
  console.error("warned:", input);
  return "null";
}

export async function askTheNetwork(input) {
  try {
    const response = await fetch(JSON.parse(input));
    return JSON.stringify(response.status);
  } catch (error) {
    throw `${error}`;
  }
}

export function loopForEver() {
  for (;;);
}
