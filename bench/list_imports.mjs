// Lists the imports of an app with ts-morph, which `lkm scan` is measured beside: node list_imports.mjs TOOLS APP
import { createRequire } from "node:module";

const [tools, app] = process.argv.slice(2);
const { Project } = createRequire(`${tools}/package.json`)("ts-morph");
const project = new Project({ compilerOptions: { allowJs: true }, skipFileDependencyResolution: true });
project.addSourceFilesAtPaths(`${app}/**/*.{ts,tsx,js,jsx}`);
let found = 0;
for (const file of project.getSourceFiles())
  for (const each of file.getImportDeclarations())
    if (each.getModuleSpecifierValue().startsWith("mediasoup")) found += 1;
if (found === 0) throw new Error("no import was found");
