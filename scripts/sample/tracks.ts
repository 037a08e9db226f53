import type { Row } from "./row_values.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A track of a media file, under the names of VPO's columns. */
export interface SampleTrack extends Row {
  readonly track_type: "video" | "audio" | "subtitle";
  readonly codec: string;
  readonly language: string;
  readonly duration_seconds: number;
}

/** A kind of media file, `format` as ffprobe names it; `textSubtitle` is null where it holds no subtitles. */
export interface Container {
  readonly extension: string;
  readonly format: string;
  readonly textSubtitle: string | null;
}

interface Sound {
  readonly codec: string;
  readonly label: string;
  readonly channels: number;
  readonly layout: string;
  readonly name: string;
}

/** What a release's video is like; `megabits` a second. */
export interface Picture {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  readonly megabits: number;
}

const SUBTITLE_LANGUAGES = "eng eng spa fra deu ita por nld swe pol jpn zho".split(" ");
const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  eng: "English",
  spa: "Español",
  fra: "Français",
  deu: "Deutsch",
  ita: "Italiano",
  por: "Português",
  nld: "Nederlands",
  swe: "Svenska",
  jpn: "日本語",
  kor: "한국어",
  pol: "Polski",
  zho: "中文",
};

/** Matroska. */
export const MATROSKA: Container = { extension: ".mkv", format: "matroska,webm", textSubtitle: "subrip" };
/** MP4. */
export const MP4: Container = { extension: ".mp4", format: "mov,mp4,m4a,3gp,3g2,mj2", textSubtitle: "mov_text" };
/** AVI, which holds no text subtitles. */
export const AVI: Container = { extension: ".avi", format: "avi", textSubtitle: null };

/** An Ultra HD disc. */
export const UHD: Picture = { label: "Remux-2160p", width: 3840, height: 2160, codec: "hevc", megabits: 52 };
/** An Ultra HD stream. */
export const UHD_WEB: Picture = { label: "WEBDL-2160p", width: 3840, height: 2160, codec: "hevc", megabits: 18 };
/** A Full HD disc. */
export const FULL_HD: Picture = { label: "Bluray-1080p", width: 1920, height: 1080, codec: "h264", megabits: 11 };
/** A Full HD stream. */
export const FULL_HD_WEB: Picture = { label: "WEBDL-1080p", width: 1920, height: 1080, codec: "h264", megabits: 6 };
/** A Full HD disc, compressed again. */
export const FULL_HD_SMALL: Picture = { label: "Bluray-1080p", width: 1920, height: 1080, codec: "hevc", megabits: 4 };
/** A Full HD stream in AV1. */
export const HD_AV1: Picture = { label: "WEBRip-1080p", width: 1920, height: 1080, codec: "av1", megabits: 3 };
/** A broadcast in HD. */
export const HD: Picture = { label: "HDTV-720p", width: 1280, height: 720, codec: "h264", megabits: 4 };
/** A DVD. */
export const DVD: Picture = { label: "DVD", width: 720, height: 480, codec: "mpeg4", megabits: 1.6 };

const SURROUND = { channels: 6, layout: "5.1(side)", name: "5.1" };
const SURROUND_BACK = { channels: 8, layout: "7.1", name: "7.1" };
const STEREO = { channels: 2, layout: "stereo", name: "2.0" };
const SOUNDS: readonly Sound[] = [
  { codec: "truehd", label: "TrueHD Atmos", ...SURROUND_BACK },
  { codec: "dts", label: "DTS-HD MA", ...SURROUND },
  { codec: "dts", label: "DTS", ...SURROUND },
  { codec: "eac3", label: "EAC3", ...SURROUND },
  { codec: "eac3", label: "EAC3", ...SURROUND },
  { codec: "ac3", label: "AC3", ...SURROUND },
  { codec: "ac3", label: "AC3", ...STEREO },
  { codec: "flac", label: "FLAC", ...STEREO },
  { codec: "aac", label: "AAC", ...STEREO },
  { codec: "opus", label: "Opus", ...STEREO },
];

/** The tracks of a media file: its video, then audio in the `original` language and others, then subtitles. */
export function mediaTracks(
  original: string,
  container: Container,
  picture: Picture,
  seconds: number,
  random: SeededRandom,
): SampleTrack[] {
  const duration_seconds = seconds + random.below(1_000) / 1_000;
  const tracks = [videoTrack(picture, duration_seconds, random)];
  const sounds = random.pick([1, 1, 2, 2, 2, 3, 4]);
  for (let index = 0; index < sounds; index++) {
    tracks.push(audioTrack(original, index, container, duration_seconds, random));
  }
  if (container.textSubtitle === null) return tracks;
  const subtitles = random.pick([0, 1, 1, 2, 2, 3, 4, 6]);
  for (let index = 0; index < subtitles; index++) {
    const images = container === MATROSKA && random.chance(0.4);
    const codec = images ? (picture === DVD ? "dvd_subtitle" : "hdmv_pgs_subtitle") : container.textSubtitle;
    tracks.push(subtitleTrack(codec, index, duration_seconds, random));
  }
  return tracks;
}

function videoTrack(picture: Picture, duration_seconds: number, random: SeededRandom): SampleTrack {
  const hdr = picture.height === 2160;
  return {
    track_type: "video",
    codec: picture.codec,
    language: "und",
    is_default: 1,
    is_forced: 0,
    width: picture.width,
    height: picture.height,
    frame_rate: random.pick(["24000/1001", "24000/1001", "24000/1001", "25/1", "30000/1001"]),
    color_transfer: hdr ? "smpte2084" : "bt709",
    color_primaries: hdr ? "bt2020" : "bt709",
    color_space: hdr ? "bt2020nc" : "bt709",
    color_range: "tv",
    duration_seconds,
  };
}

function audioTrack(
  original: string,
  index: number,
  container: Container,
  duration_seconds: number,
  random: SeededRandom,
): SampleTrack {
  const commentary = index >= 2;
  const sound = commentary || container !== MATROSKA
    ? { codec: container === AVI ? "mp3" : "aac", ...STEREO }
    : random.pick(SOUNDS);
  const language = index === 0 ? original : commentary || original !== "eng" ? "eng" : random.pick(SUBTITLE_LANGUAGES);
  const title = commentary ? `Commentary ${index - 1}` : `${LANGUAGE_NAMES[language] ?? language} ${sound.name}`;
  return {
    track_type: "audio",
    codec: sound.codec,
    language,
    title: commentary || random.chance(0.6) ? title : null,
    is_default: index === 0 ? 1 : 0,
    is_forced: 0,
    channels: sound.channels,
    channel_layout: sound.layout,
    duration_seconds,
  };
}

function subtitleTrack(codec: string, index: number, duration_seconds: number, random: SeededRandom): SampleTrack {
  const forced = index === 0 && random.chance(0.2);
  const language = index === 0 ? "eng" : random.pick(SUBTITLE_LANGUAGES);
  return {
    track_type: "subtitle",
    codec,
    language,
    title: forced ? "Forced" : random.pick([null, null, "SDH", LANGUAGE_NAMES[language] ?? null]),
    is_default: forced ? 1 : 0,
    is_forced: forced ? 1 : 0,
    duration_seconds,
  };
}

/** The main audio track as release names put it. */
export function soundLabel(tracks: readonly SampleTrack[]): string {
  const main = tracks.find((track) => track.track_type === "audio");
  const sound = SOUNDS.find(({ codec, channels }) => codec === main?.codec && channels === main["channels"]);
  return sound === undefined ? "MP3 2.0" : `${sound.label} ${sound.name}`;
}
