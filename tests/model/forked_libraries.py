"""What `tests.model.forked` loads once: everything that a training imports, and nothing that starts a thread."""

from model.plm import declare_torchvision_operators, import_torchao_quietly

declare_torchvision_operators()
import_torchao_quietly()

import peft  # noqa: E402, F401
import timm  # noqa: E402, F401
import torch.distributed.fsdp  # noqa: E402
import torch.utils.tensorboard  # noqa: E402, F401
from transformers import AutoTokenizer, PerceptionLMForConditionalGeneration  # noqa: E402, F401
from transformers.models.timm_wrapper import modeling_timm_wrapper  # noqa: E402, F401

import model.train  # noqa: E402, F401
