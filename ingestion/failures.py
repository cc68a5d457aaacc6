"""Why a file cannot become knowledge: the stable codes, each with a sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from app.knowledge.preparing import KeptOut, Notice, PreparationFailed

_OCR = "或请管理员开启 OCR（make run OCR=1）后重新上传"

TITLES = {
    "empty_file": "文件是空的，请检查后重新上传。",
    "unknown_format": "暂不支持这种文件格式，请转换为 PDF、DOCX、XLSX、PPTX、HTML、CSV、Markdown 或 TXT 后上传。",
    "unknown_format_old": "这是旧版 Office 或 WPS 的文件，请在原软件中另存为 DOCX、XLSX、PPTX 或 PDF 后上传。",
    "unknown_format_picture": "暂不支持单独的图片，请放进 PDF 后上传；图片里的文字要管理员开启 OCR 才能读出。",
    "mislabelled": "文件内容与扩展名不符，请用原软件另存为正确的格式后上传。",
    "too_large": "文件太大或过于复杂，请拆分后上传。",
    "archive_bomb": "文件解压后的体积异常，为保护系统未予读取，请检查文件来源。",
    "entity_bomb": "文件中含有可无限展开的实体定义，为保护系统未予读取，请检查文件来源。",
    "nested_archive": "压缩包里的压缩包不予展开，请把其中的文件直接放进一个压缩包后上传。",
    "unsafe_path": "压缩包内的路径不合规（绝对路径或指向包外），该文件未予读取，请重新打包。",
    "too_many_members": "压缩包内的文件过多，请分成几个压缩包上传。",
    "empty_archive": "压缩包里没有可收录的文件，请检查后重新上传。",
    "encrypted": "文件已加密，请取消密码保护后重新上传。",
    "corrupt": "文件已损坏，无法读取，请重新导出后上传。",
    "no_text": "文件中没有可提取的文字（可能是扫描件），请上传文字版。",
    "no_text_without_ocr": f"文件是扫描件，没有可提取的文字：请上传文字版，{_OCR}。",
    "no_text_left": "没有可收录的文字：读到的都是隐藏文字或写给助手的指令，已隔离。请核对来源，上传正常的文字版。",
    "no_text_left_without_ocr": f"看得见的部分没有文字，隐藏的文字已隔离：请核对来源并上传文字版；扫描件{_OCR}。",
    "no_page_image": "这种格式的文件没有页面图像，请查看文字内容。",
    "no_page": "文件没有这一页，请检查页码。",
    "parse_timeout": "文件解析超时，请拆分或简化后重新上传。",
}


def failure(name: str) -> PreparationFailed:
    """The problem for one of the names above; a name may say more than its code. Some carry their own HTTP status."""
    code = next((code for code in ("no_text", "unknown_format") if name.startswith(code)), name)
    status = {"too_large": 413, "unknown_format": 415, "no_page_image": 404, "no_page": 404}.get(code, 422)
    return PreparationFailed(TITLES[name], code=code, status=status)


def nothing_left(warnings: Sequence[Notice], kept_out: Sequence[KeptOut], *, scan: bool = False) -> PreparationFailed:
    """no_text, with what stood in the file all the same. scan: its pages could be read with the optional OCR."""
    problem = failure(f"no_text{'_left' if kept_out else ''}{'_without_ocr' if scan else ''}")
    problem.warnings, problem.kept_out = warnings, kept_out
    return problem
