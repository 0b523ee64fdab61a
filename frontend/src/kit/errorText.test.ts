import i18next from "i18next";
import { expect, it } from "vitest";
import { errorText } from "./errorText";

const resources = {
  zh: { errors: { title: "出错了", name_taken: { message: "这个名称已被使用。", known: "“{{name}}”这个名称已被使用。" }, too_deep: { message: "嵌套过深。" }, code_failed: { message: "程序出错。", known: "第 {{line}} 行：{{reason}}" } } },
};
const i18n = i18next.createInstance({ lng: "zh", resources, interpolation: { escapeValue: false } });
await i18n.init();
const words = (error: unknown) => {
  const { message, original } = errorText(error, i18n.getFixedT("zh", "errors"));
  return { message, original };
};

it("says the whole sentence in the reader's language where the names come with the error", () => {
  const message = "There is a dataset named 'Plans' already.";
  expect(words({ code: "name_taken", message, details: { name: "Plans" } })).toEqual({ message: "“Plans”这个名称已被使用。", original: "" });
  expect(words({ code: "name_taken", message })).toEqual({ message: "这个名称已被使用。", original: message });
});

it("keeps the server's sentence where only that names the thing", () => {
  expect(words({ code: "too_deep", message: "The value x is nested too deep.", details: { depth: 9 } })).toEqual({ message: "嵌套过深。", original: "The value x is nested too deep." });
  const message = "It failed at line 3: no such name";
  expect(words({ code: "code_failed", message })).toEqual({ message: "第 3 行：no such name", original: message });
});
