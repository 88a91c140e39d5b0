// Folds a flag with ts-morph and does no more, which the folding of lkm is measured beside:
// node fold_flag.mjs TOOLS APP NAME
import { createRequire } from "node:module";

const [tools, app, name] = process.argv.slice(2);
const { Node, Project, SyntaxKind } = createRequire(`${tools}/package.json`)("ts-morph");
const project = new Project({
  compilerOptions: { allowJs: true, jsx: 4 },
  skipFileDependencyResolution: true,
});
project.addSourceFilesAtPaths(`${app}/**/*.{ts,tsx,js,jsx}`);

let folded = 0;
for (const file of project.getSourceFiles()) {
  if (!file.getFullText().includes(`process.env.${name}`)) continue;
  for (const declaration of file.getDescendantsOfKind(SyntaxKind.VariableDeclaration)) {
    if (declaration.wasForgotten()) continue;
    if (!declaration.getInitializer()?.getText().includes(`process.env.${name} ===`)) continue;
    for (;;) {
      const use = declaration
        .findReferencesAsNodes()
        .find((node) => fold(node, node.getParentOrThrow()));
      if (!use) break;
      folded += 1;
    }
    declaration.remove();
  }
}
project.saveSync();
if (folded === 0) throw new Error("nothing was folded");

function fold(node, parent) {
  if (Node.isIfStatement(parent) && parent.getExpression() === node) {
    const chosen = parent.getThenStatement();
    parent.replaceWithText(chosen.getText());
    return true;
  }
  if (Node.isConditionalExpression(parent) && parent.getCondition() === node) {
    parent.replaceWithText(parent.getWhenTrue().getText());
    return true;
  }
  if (Node.isPrefixUnaryExpression(parent) && Node.isIfStatement(parent.getParent())) {
    parent.getParent().remove();
    return true;
  }
  return false;
}
