// Korean texts of videos that are fetched from addresses.
import type { intakeEn } from "./intake.en";

export const intakeKo: Record<keyof typeof intakeEn, string> = {
  "fetches.open": "주소에서 추가…",
  "fetches.title": "주소에서 가져오는 영상",
  "fetches.addresses": "주소, 한 줄에 하나씩",
  "fetches.about": "영상의 https://… 주소, s3://버킷/이름.mp4, 또는 그 아래 모든 영상을 위한 s3://버킷/폴더.",
  "fetches.dataset": "출처 데이터셋 이름",
  "fetches.begin": "{count}개 가져오기",
  "fetches.tooMany": "한 번에 주소 {most}개까지 가능합니다.",
  "fetches.line": "{line}번째 줄: {message}",
  "fetches.address": "주소",
  "fetches.found": "아래에 영상 {count}개",
  "fetches.fetching": "{address} 가져오는 중",
  "fetches.cancelNamed": "{address} 가져오기 중지",
  "fetches.retryNamed": "{address} 다시 가져오기",
  "fetches.forget": "목록에서 빼기",
  "fetches.forgetNamed": "{address}를 목록에서 빼기 (영상은 남습니다)",
  "fetches.state.queued": "대기 중",
  "fetches.state.running": "가져오는 중",
  "fetches.state.done": "가져옴",
  "fetches.state.failed": "실패",
  "fetches.state.cancelled": "중지됨",
  "fetches.room": "{quota} 중 {used} 사용, {free} 남음",
  "fetches.roomSite": "{used} 사용, 이 사이트에 {free} 남음",
};
