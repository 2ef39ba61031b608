// Everything, for the compilers from 0.20 on.

export * from "./host";
export * from "./performance";
export * from "./shapes";
export * from "./trouble";
