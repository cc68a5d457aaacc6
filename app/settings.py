"""Settings: the only reader of the environment. Nested groups: `WENDA_LLM__BASE_URL` and so on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LEAST_DAYS = 183


class LlmSettings(BaseModel):
    """The OpenAI-compatible endpoint that writes answers (vLLM)."""

    base_url: str = "http://127.0.0.1:8001/v1"
    model: str = "wenda-demo"
    api_key: SecretStr | None = None
    connect_s: float = Field(
        default=2.0, gt=0, description="Seconds to a connection, or to its answer to a probe, before quotes take over."
    )
    first_token_s: float = Field(default=3.0, gt=0, description="Seconds to the first token before quotes take over.")
    between_tokens_s: float = Field(default=10.0, gt=0, description="Longest silence inside an answer, seconds.")
    condense_s: float = Field(
        default=1.5, ge=0, description="Limit for rewriting an unclear follow-up; 0 = rules only."
    )
    recount_s: float = Field(default=30.0, ge=0, description="Limit for the summary an agent sees; 0 = none.")
    max_tokens: int = Field(default=400, gt=0)
    temperature: float = Field(default=0.0, ge=0)


class JudgeSettings(BaseModel):
    """A model's opinion of messages that the input rails doubt. Empty base_url: none is asked."""

    base_url: str = ""
    model: str = "wenda-demo"
    api_key: SecretStr | None = None
    format: Literal["choice", "qwen3guard"] = Field(
        default="choice", description="choice: an instruction model; qwen3guard: a guard model with its own answer."
    )
    limit_s: float = Field(default=0.8, gt=0, description="Longest wait for an opinion, seconds.")
    doubt: float = Field(default=0.15, ge=0, le=1, description="From which doubt of the rails it is asked.")


class ReviewSettings(BaseModel):
    """A model's opinion, before publishing, of whether two passages contradict each other. Empty base_url: none."""

    base_url: str = ""
    model: str = "wenda-demo"
    api_key: SecretStr | None = None
    limit_s: float = Field(default=10.0, gt=0, description="Longest wait for one opinion, seconds.")
    neighbours: int = Field(default=8, ge=1, le=50, description="Nearest passages in force read beside each new one.")
    beside: int = Field(default=8, ge=1, description="Opinions asked for at the same time.")


class EmbeddingSettings(BaseModel):
    """Empty base_url: the packaged multilingual-e5-small on this machine."""

    base_url: str = ""
    model: str = "multilingual-e5-small"
    dimension: int = 384
    api_key: SecretStr | None = None
    query_prefix: str = "query: "
    passage_prefix: str = "passage: "


class QdrantSettings(BaseModel):
    """Empty url: Qdrant Edge in the data folder (one service process)."""

    url: str = ""
    api_key: SecretStr | None = None
    collection: str = "wenda"
    shard_number: int = 1
    replication_factor: int = 1


class DatabaseSettings(BaseModel):
    """Empty url: SQLite (WAL) in the data folder."""

    url: str = ""
    page_cache_mib: int = Field(default=16, ge=1, description="SQLite: of each of a process's four connections.")


class SearchSettings(BaseModel):
    top_k: int = Field(default=4, ge=1, le=20, description="Passages that reach the model.")
    candidates: int = Field(default=50, ge=5, description="Hits per list before fusion.")
    require_sufficient: bool = Field(default=True, description="False forces the evidence gate open (evaluation only).")


class AuthSettings(BaseModel):
    demo: bool = Field(default=False, description="Demo users with the password `demo`; loopback only.")
    secret: SecretStr | None = Field(default=None, description="HS256 key for tokens issued here; >= 32 bytes.")
    issuer: str = Field(default="", description="OIDC issuer; its JWKS verifies staff tokens.")
    jwks_url: str = Field(default="", description="Its key set; empty: as the issuer's discovery document says.")
    client_id: str = Field(default="", description="Public client of the staff pages at the issuer; empty: no button.")
    scopes: str = "openid profile"
    audience: str = "wenda"
    tenant_claim: str = "tenant"
    roles_claim: str = "roles"
    key_grace_s: float = Field(
        default=3600, ge=0, description="How long a key outlives its place on the issuer's list."
    )
    visitor_hours: int = 24


class LimitSettings(BaseModel):
    """Off in demo mode, but for the last three, which protect the process itself."""

    enabled: bool = True
    messages_per_minute: int = 20
    message_chars: int = Field(default=2000, description="Longer messages are refused with 413.")
    turns_at_once: int = Field(default=400, ge=0, description="A process; more wait in line. 0 = no limit.")
    turns_in_line: int = Field(default=400, ge=0, description="When the line is full too, 503 with the place in it.")
    upload_bytes: int = 50 * 1024 * 1024


class PrivacySettings(BaseModel):
    """Without a key nothing that is masked is kept, and telephone numbers for call-backs are not either; what may be
    kept is then sealed under a key that is made in the data folder."""

    key: SecretStr | None = Field(default=None, description="32 bytes in base64; in demo mode made in the data folder.")


class AuditSettings(BaseModel):
    """Signed checkpoints of the audit chains, for storage that the service cannot change."""

    signing_key: SecretStr | None = Field(
        default=None, description="Ed25519 seed: 32 bytes in base64; without it made in the data folder."
    )
    checkpoints_dir: Path | None = Field(default=None, description="Where checkpoints are exported; write-once.")
    checkpoint_every_s: float = Field(default=3600, gt=0)


class RetentionSettings(BaseModel):
    """How long conversations and records of suitability are kept; a sweep every night erases what is older."""

    conversation_days: int = Field(default=1826, description="Five years; never under 183.")
    suitability_years: int = Field(default=20, ge=1)

    @field_validator("conversation_days")
    @classmethod
    def _half_a_year(cls, days: int) -> int:
        if days < LEAST_DAYS:
            raise ValueError(
                f"WENDA_RETENTION__CONVERSATION_DAYS 不能少于 {LEAST_DAYS} 天："
                "对话日志依规至少保存六个月，请改大后重新启动。"
            )
        return days


class TracingSettings(BaseModel):
    """Empty endpoint: no traces, and nothing of OpenTelemetry is loaded."""

    endpoint: str = Field(default="", description="Where traces go by OTLP over HTTP; the full URL with its path.")
    sample: float = Field(default=1.0, ge=0, le=1, description="Share of the turns that are traced.")
    content: bool = Field(default=False, description="True adds masked questions and answers to the traces.")


class BackupSettings(BaseModel):
    passphrase: SecretStr | None = Field(default=None, description="Backups are encrypted under it; >= 12 characters.")


class IngestionSettings(BaseModel):
    readers: int = Field(default=2, ge=1, le=32, description="Files that are parsed at the same time.")


class EvaluationSettings(BaseModel):
    """Runs started from the evaluation console. Without a python it shows runs and starts none."""

    python: str = Field(default="", description="The python of the evaluation's environment; empty = not installed.")
    folder: str = Field(default="", description="Where reports are; empty = `evaluation` in the data folder.")


class BankSettings(BaseModel):
    """Words that belong to the institution, used in replies."""

    name: str = "稳答示范银行"
    hotline: str = "400-000-0000"
    operator_type: Literal["bank", "third_party"] = "bank"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="WENDA_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Path("data")
    cache_dir: Path = Field(default_factory=lambda: Path.home() / ".cache" / "wenda")
    tenant: str = Field(default="demo", description="The tenant of visitors and of command-line ingestion.")
    log_level: str = "INFO"
    url: str = Field(default="http://127.0.0.1:8000", description="Where the command line looks for a running service.")
    token: SecretStr | None = None
    llm: LlmSettings = LlmSettings()
    judge: JudgeSettings = JudgeSettings()
    review: ReviewSettings = ReviewSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    qdrant: QdrantSettings = QdrantSettings()
    database: DatabaseSettings = DatabaseSettings()
    search: SearchSettings = SearchSettings()
    auth: AuthSettings = AuthSettings()
    limits: LimitSettings = LimitSettings()
    ingestion: IngestionSettings = IngestionSettings()
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = RetentionSettings()
    audit: AuditSettings = AuditSettings()
    backup: BackupSettings = BackupSettings()
    tracing: TracingSettings = TracingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    bank: BankSettings = BankSettings()
