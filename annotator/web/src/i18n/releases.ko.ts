import type { releasesEn } from "./releases.en";

export const releasesKo: Record<keyof typeof releasesEn, string> = {
  "releases.byAnnotator": "한 사람의 작업을 양쪽에 두지 않기",
  "releases.byAnnotatorAbout": "네트워크가 배우지 않은 사람의 작업으로 시험합니다. 이전 릴리스에서 이미 정해진 것은 그대로입니다.",
  "releases.annotatorsAcross": "양쪽에 작업이 있는 사람",
  "releases.splits": "영상: 학습용 {train}개, 시험용 {test}개, 만들 때 정해질 영상 {fresh}개.",
  "releases.types": "질문 유형별: {types}",
  "release.asked": "요청한 내용",
  "release.everything": "승인된 모든 것.",
  "release.heldOut": "시험용으로 남긴 비율: 원본 영상의 {share}.",
  "release.since": "#{number}에 없는 것만",
  "release.sinceUnknown": "이전 릴리스에 없는 것만",
  "release.download": "전체 내려받기",
  "release.downloadAbout":
    "VIDGRAIN_TOKEN에 읽기 전용 토큰을 넣으세요. 진행을 보여 주고, 끊기면 이어서 받고, 모든 바이트를 매니페스트와 비교합니다.",
  "release.withdrawn": "이 릴리스의 영상 {count}개는 더 이상 쓰면 안 됩니다",
  "release.withdrawnAbout": "릴리스를 만든 뒤에 제외된 영상입니다. 이 영상 없이 새 릴리스를 만들고, 이것을 가진 사람들에게 알리세요.",
  "release.diff": "다른 릴리스와 비교",
  "release.diffWith": "다른 릴리스",
  "release.diffNone": "고르세요",
  "release.diffCounts": "여기에만: {added}. 저기에만: {removed}. 양쪽에 있으나 다시 제출됨: {changed}. 같음: {same}.",
  "release.diffHow": "차이",
  "release.diffWork": "작업",
  "release.diff.added": "여기에만",
  "release.diff.removed": "저기에만",
  "release.diff.changed": "다시 제출됨",
};
