import { afterEach, expect, test } from "vitest";
import { setLocale } from ".";
import { told, toldRefusal } from "./told";

afterEach(() => {
  setLocale("en");
});

test("in English the server speaks for itself", () => {
  expect(told("Write something here.")).toBe("Write something here.");
  expect(toldRefusal("lease_lost", "This task is not yours.", "This task is not yours.")).toBe("This task is not yours.");
});

test("in Korean a refusal goes by its name, and a detail of its own is kept", () => {
  setLocale("ko");
  expect(toldRefusal("own_work", "Nobody decides on their own work.", "Nobody decides on their own work.")).toBe(
    "자기 작업을 판정할 수 없습니다.",
  );
  expect(toldRefusal("import_refused", "This file cannot be imported.", "Line 3 is empty.")).toBe(
    "가져올 수 없는 파일입니다. 아무것도 만들지 않았습니다. (Line 3 is empty.)",
  );
  expect(toldRefusal("never_heard_of", "x", "The sky fell.")).toBe("The sky fell.");
});

test("in Korean sentences keep their numbers and names", () => {
  setLocale("ko");
  expect(told("Starts at 5, while another event lasts until 9.")).toBe("5에서 시작하는데 다른 이벤트가 9까지 이어집니다.");
  expect(told("“dog 2” is not followed on pictures 10 to 40 yet: follow the whole video.")).toContain("“dog 2”: 프레임 10–40");
  expect(told("String should have at most 200 characters")).toBe("200자까지 쓸 수 있습니다.");
  expect(told("12 of 300 pictures")).toBe("프레임 12 / 300");
  expect(told("Something else.")).toBe("Something else.");
});
