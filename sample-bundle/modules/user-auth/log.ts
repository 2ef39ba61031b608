// Structured logging: one JSON object a line on the console. What is secret (passwords, tokens,
// keys) never comes here.

import { Json } from "./json";

export function logInfo(event: string, fields: Json): void {
  console.log(line("info", event, fields));
}

export function logWarning(event: string, fields: Json): void {
  console.warn(line("warning", event, fields));
}

function line(level: string, event: string, fields: Json): string {
  const line = Json.object().put("level", Json.text(level)).put("event", Json.text(event));
  const names = fields.fields.keys();
  for (let i = 0; i < names.length; i++) line.put(names[i], fields.fields.get(names[i]));
  return line.toString();
}
