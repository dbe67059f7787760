"""How the signed log stands: the newest cut that may be shown, its age, and who did not cosign."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence.keys import policy_of
from projections.http.asking.evidence import CutStanding
from projections.proof.entries import Cut, read_cut
from projections.proof.errors import LogAlteredError, NotYetSignedError
from projections.proof.inclusion import InclusionProof
from projections.proof.notes import parse_note
from projections.proof.tiles import TILE_WIDTH, Tile, TiledTree, entry_of
from projections.proof.tree import inclusion, leaf_hash
from streams.signing.folder import Folder

if TYPE_CHECKING:
    from ops.evidence.settings import EvidenceSettings
    from projections.proof.policy import Policy


class ReportShown(NamedTuple):
    """The newest cut that may be shown: its checkpoint as a note, its tree, and the cut."""

    note: str
    tree: TiledTree
    cut: Cut

    def proof(self) -> InclusionProof:
        """Prove that the cut is the last entry of the tree."""
        size = self.tree.size
        return InclusionProof(size - 1, tuple(inclusion(self.tree.node, size - 1, size)), self.note)


def newest_cut(settings: EvidenceSettings, platform: Platform) -> ReportShown:
    """Give the newest cut that reached the quorum. Raises `ProofError` where there is none."""
    folder = Folder(settings.log_folder(platform))
    note = folder.checkpoint()
    if note is None:
        raise NotYetSignedError(
            f"{folder.path}: nothing is signed yet; `credit-ledger worker` signs within seconds of"
            " the first event"
        )
    policy, parsed = policy_of(settings), parse_note(note)
    checkpoint = policy.check_log(parsed)
    policy.check_witnesses(parsed)
    tree = TiledTree(checkpoint.size, folder.read_tile)
    if tree.root() != checkpoint.root:
        raise LogAlteredError(f"{folder.path}/tile", "not the tiles of the checkpoint")
    number, place = divmod(checkpoint.size - 1, TILE_WIDTH)
    bundle = Tile(None, number, min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH))
    entry = entry_of(bundle, folder.read_tile(bundle), place)
    if leaf_hash(entry) != tree.node(0, checkpoint.size - 1):
        raise LogAlteredError(f"{folder.path}/{bundle.path}", "not the entries of the tiles")
    return ReportShown(note, tree, read_cut(entry))


def cuts_now(settings: EvidenceSettings, now_s: float) -> list[CutStanding]:
    """Give the newest signed cut of each log, at a time in s; one never begun is left out."""
    found = []
    for platform in Platform:
        if Folder(settings.log_folder(platform)).checkpoint() is None:
            continue
        try:
            shown = newest_cut(settings, platform)
            silent = silent_witnesses(policy_of(settings), shown.note)
        except (LedgerError, OSError) as error:
            found.append(CutStanding(platform, wrong=str(error)))
            continue
        cut = shown.cut
        age_s = round(max(0.0, now_s - cut.time_ms / 1000), 1)
        held = sum(cut.offsets)
        found.append(CutStanding(platform, cut.number, held, age_s, silent=silent))
    return found


def silent_witnesses(policy: Policy, note: str) -> list[str]:
    """Give the witnesses of a policy who did not cosign a checkpoint that reached its quorum."""
    cosigners = policy.check_witnesses(parse_note(note))
    return sorted(n for n, known in policy.witnesses.items() if known.verifier not in cosigners)
