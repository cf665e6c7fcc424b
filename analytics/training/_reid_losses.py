"""What re-ID training minimises: cosine softmax over the people, and the hardest triplets of the batch."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class CosineSoftmax(nn.Module):
    """CosFace (Wang et al., CVPR 2018): cross-entropy of scaled cosines, the right one lowered by a margin."""

    def __init__(self, people: int, length: int, scale: float, margin: float, smoothing: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(people, length) * 0.01)
        self.scale, self.margin, self.smoothing = scale, margin, smoothing

    def forward(self, vectors: Tensor, people: Tensor, margin_share: float = 1.0) -> Tensor:
        """Return the mean loss of (n, length) unit vectors; `margin_share` of the margin is in force."""
        cosines = vectors @ functional.normalize(self.weight).T
        lowered = cosines - self.margin * margin_share * functional.one_hot(people, len(self.weight))
        return functional.cross_entropy(self.scale * lowered, people, label_smoothing=self.smoothing)


def hardest_triplets(features: Tensor, people: Tensor, cameras: Tensor) -> Tensor:
    """Return the mean soft-margin loss of batch-hard triplets (Hermans et al., arXiv 1703.07737).

    Every picture is an anchor. Its positive is its person's farthest picture, in another camera where there is one; its
    negatives are the nearest other person in its own camera and the nearest in the others, one triplet for each: in
    its own camera people share light and background, so that without it the network may tell cameras apart instead.

    Args:
        features: (n, d) numbers before the neck.
        people: (n,) person of each.
        cameras: (n,) camera of each.
    """
    squares = (features * features).sum(1)
    distances = (squares[:, None] + squares[None] - 2 * features @ features.T).clamp_min(1e-6).sqrt()
    is_same_person, is_same_camera = people[:, None] == people, cameras[:, None] == cameras
    is_itself = torch.eye(len(people), dtype=torch.bool, device=people.device)
    crossing = is_same_person & ~is_same_camera
    positive = torch.where(crossing.any(1, keepdim=True), crossing, is_same_person & ~is_itself)
    farthest = distances.masked_fill(~positive, -torch.inf).amax(1)
    losses, weights = [], []
    for negative in (~is_same_person & is_same_camera, ~is_same_person & ~is_same_camera):
        nearest = distances.masked_fill(~negative, torch.inf).amin(1)
        usable = positive.any(1) & negative.any(1)
        gap = torch.where(usable, farthest - nearest, 0.0)
        losses.append(functional.softplus(gap) * usable)
        weights.append(usable)
    return torch.stack(losses).sum() / torch.stack(weights).sum().clamp_min(1)
