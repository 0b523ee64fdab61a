import { act, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { giveRoom } from "../testing/make";
import { VirtualList } from "./VirtualList";

const items = Array.from({ length: 5000 }, (_, index) => `row ${index + 1}`);

beforeEach(() => giveRoom(400));

describe("VirtualList", () => {
  it("draws what is near the window, and tells how many there are", async () => {
    render(<VirtualList items={items} itemKey={(item) => item} estimate={40} label="Rows">{(item) => item}</VirtualList>);
    await act(async () => undefined);

    const drawn = screen.getAllByRole("listitem");
    expect(drawn.length).toBeGreaterThan(0);
    expect(drawn.length).toBeLessThan(40);
    expect(drawn[0]).toHaveAttribute("aria-posinset", "1");
    expect(drawn[0]).toHaveAttribute("aria-setsize", "5000");
  });

  it("asks for more near its end only", async () => {
    const onNearEnd = vi.fn();
    const view = render(<VirtualList items={items} itemKey={(item) => item} estimate={40} label="Rows" onNearEnd={onNearEnd}>{(item) => item}</VirtualList>);
    await act(async () => undefined);
    expect(onNearEnd).not.toHaveBeenCalled();

    view.rerender(<VirtualList items={items.slice(0, 3)} itemKey={(item) => item} estimate={40} label="Rows" onNearEnd={onNearEnd}>{(item) => item}</VirtualList>);
    expect(onNearEnd).toHaveBeenCalled();
  });
});
