import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { answerFaults, answersToSend, readRefusal, startAnswers } from "./answers";
import { AskForm } from "./AskForm";
import { partsOf } from "./parts";
import { type AskedForm } from "./types";

const FORM: AskedForm = {
  key: "ask/1",
  title: "Check the draft",
  content: "Publish **this**?\n\n{{#$output.comment#}}\n\nThank you.",
  fields: [
    { name: "comment", type: "paragraph", label: "Comment", required: true, max_length: 12 },
    { name: "copies", type: "number", label: "Copies" },
    { name: "proof", type: "file", label: "Proof" },
    { name: "when", type: "select", label: "When", options: ["now", "later"] },
  ],
  values: { comment: null, copies: 2, when: "later" },
  actions: [{ id: "yes", title: "Publish", style: "primary" }, { id: "no", title: "", style: "ghost" }],
  expires_at: null,
  status: "open",
};
const stored = { key: "k", name: "a.png", size: 1, progress: 1, stored: { id: "f1" } };
const draw = (over: Partial<AskedForm> = {}, onSubmit = vi.fn(() => Promise.resolve())) => {
  render(<AskForm form={{ ...FORM, ...over }} onSubmit={onSubmit} sendFile={vi.fn()} fileLimit={null} />);
  return onSubmit;
};

describe("answers", () => {
  it("begin as the form says, and are sent as values", () => {
    const answers = startAnswers(FORM);
    expect(answers).toEqual({ comment: "", copies: "2", proof: [], when: "later" });
    expect(answersToSend(FORM.fields, { ...answers, comment: "ok", proof: [stored] })).toEqual({ comment: "ok", copies: 2, proof: { id: "f1" }, when: "later" });
  });

  it("are faulty when something needed is missing, too long, no number or still on its way", () => {
    const faults = (over: object) => answerFaults(FORM.fields, { ...startAnswers(FORM), comment: "ok", ...over });
    expect([faults({}), faults({ comment: " " }), faults({ comment: "thirteen long" }), faults({ copies: "two" }), faults({ proof: [{ ...stored, stored: undefined }] })]).toEqual([
      {}, { comment: "required" }, { comment: "tooLong" }, { copies: "number" }, { proof: "fileUnderWay" },
    ]);
  });

  it("tell of a refusal at its field, or that it is too late", () => {
    const fault = { code: "field_invalid", message: "This must be a number." };
    expect(readRefusal({ code: "invalid_form_data", details: { faults: [{ ...fault, field: "copies" }] } }, FORM.fields).fields).toEqual({ copies: fault });
    expect(readRefusal({ code: "invalid_input", message: "No such file.", field: "inputs.proof" }, FORM.fields).fields).toEqual({ proof: { code: "invalid_input", message: "No such file." } });
    expect(readRefusal({ code: "human_input_form_expired" }, FORM.fields)).toMatchObject({ status: "expired", rest: null });
    expect(readRefusal({ code: "internal_error" }, FORM.fields).rest).toEqual({ code: "internal_error" });
  });
});

describe("partsOf", () => {
  it("puts fields where the text has them, once, and the others below", () => {
    const parts = partsOf("{{#$output.comment#}} and {{# $outputs.comment #}}{{#$output.nothing#}}", FORM.fields);
    expect(parts.map((part) => (part.type === "text" ? part.text.trim() : part.field.name))).toEqual(["comment", "and", "copies", "proof", "when"]);
  });
});

describe("AskForm", () => {
  it("says what is missing before it sends anything, then sends and tells what was chosen", async () => {
    const onSubmit = draw();
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));
    expect(screen.getByText("This is needed.")).toBeInTheDocument();
    expect(onSubmit).not.toHaveBeenCalled();

    await userEvent.type(screen.getByLabelText(/Comment/), "good");
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));
    expect(onSubmit).toHaveBeenCalledExactlyOnceWith("yes", { comment: "good", copies: 2, when: "later" });
    expect(await screen.findByText("Answered: Publish")).toBeInTheDocument();
  });

  it("shows a refusal at its field and keeps what was filled in", async () => {
    const refusal = { code: "invalid_form_data", message: "Copies: At most three.", field: "copies" };
    draw({}, vi.fn(() => Promise.reject(refusal)));
    await userEvent.type(screen.getByLabelText(/Comment/), "good");
    await userEvent.click(screen.getByRole("button", { name: "no" }));

    expect(await screen.findByText("Copies: At most three.")).toBeInTheDocument();
    await waitFor(() => expect(screen.getByLabelText(/Copies/)).toHaveFocus());
    expect(screen.getByLabelText(/Comment/)).toHaveValue("good");
  });

  it("says so when somebody else was first", async () => {
    draw({ fields: [] }, vi.fn(() => Promise.reject({ code: "form_submitted", message: "…" })));
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));

    expect(await screen.findByText("This has been answered.")).toBeInTheDocument();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("takes no answer after its time, nor once it was answered", () => {
    draw({ expires_at: "2020-01-01T00:00:00Z" });
    draw({ status: "submitted", action_id: "no", submitted: { comment: "fine", proof: { id: "f", name: "a.png" } } });

    expect(screen.getByText("The time to answer this is over.")).toBeInTheDocument();
    expect(screen.getByText("Answered: no")).toBeInTheDocument();
    expect([screen.getByText("fine"), screen.getByText("a.png")]).toHaveLength(2);
    expect(screen.queryByRole("button")).toBeNull();
  });
});
